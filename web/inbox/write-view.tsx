// Alice writes: the demo hands her message to the gateway by SMTP.

import { useState } from 'preact/hooks';
import { FileChoice } from '../shared/file-choice';
import { Busy, Heading, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useUnsaved } from '../shared/unsaved';
import { waiting } from '../shared/use-call';
import { demo } from './api';
import { listPath, useInbox, useWorld } from './context';
import { Link } from './inbox';

export function WriteView() {
    const { words, shared } = useInbox();
    const { state } = useWorld();
    const [alice, bob] = state.mailboxes;
    const [to, setTo] = useState(bob?.address ?? '');
    const [start] = useState({ subject: words.subject_default, text: words.text_default });
    const [subject, setSubject] = useState(start.subject);
    const [text, setText] = useState(start.text);
    const [files, setFiles] = useState<File[]>([]);
    const [busy, wait] = useState(false);
    const [reply, setReply] = useState<string | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    useUnsaved(reply === null && (text !== start.text || subject !== start.subject || files.length > 0));

    async function submit(event: Event) {
        event.preventDefault();
        if (busy || !alice) return;
        wait(true);
        fail(null);
        setReply(null);
        try {
            setReply((await demo.send({ from: alice.address, to: to.trim(), subject, text, files })).reply);
        } catch (error) {
            fail(asProblem(error));
        }
        wait(false);
    }

    return (
        <article data-part="write">
            <Heading>{words.write_title}</Heading>
            <form onSubmit={submit}>
                <dl class="facts"><dt>{shared.from}</dt><dd>{alice?.name} &lt;{alice?.address}&gt;</dd></dl>
                <label for="to">{words.to}</label>
                <input id="to" type="email" required value={to} onInput={(event) => setTo(event.currentTarget.value)} />
                <label for="subject">{words.subject}</label>
                <input id="subject" required value={subject} onInput={(event) => setSubject(event.currentTarget.value)} />
                <label for="text">{words.text}</label>
                <textarea id="text" rows={7} value={text} onInput={(event) => setText(event.currentTarget.value)} />
                <FileChoice id="files" label={words.attach} files={files} disabled={busy} change={setFiles} />
                <div aria-live="polite">
                    {busy && <Busy text={words.sending} />}
                    {reply !== null && (
                        <Notice kind="good" title={words.sent_done}>
                            <p><code>{reply}</code></p>
                            {bob && <p><Link to={listPath(bob.address)}>{words.sent_next}</Link></p>}
                        </Notice>
                    )}
                    {problem && (
                        <Notice kind="bad">
                            <p>{problem.kind === 'refused' ? <>{words.refused} <code>{problem.text('detail')}</code></> : describeProblem(problem, shared)}</p>
                        </Notice>
                    )}
                </div>
                <div class="row"><button type="submit" {...waiting(busy)} data-action="send">{words.send}</button></div>
            </form>
        </article>
    );
}

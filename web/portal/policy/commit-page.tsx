// Commit Changes: what is pending, what it would do, the commit itself; and the history.

import { useEffect, useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import { Heading, Notice } from '../../shared/parts';
import { useUnsaved } from '../../shared/unsaved';
import { waiting } from '../../shared/use-call';
import { Command } from '../spf-advice-part';
import type { Pending } from './api';
import { ChangeList, DifferencePart } from './changes-part';
import { commit_words } from './commit-words';
import { EditNotices, policy, ProblemList, useEdit, useLoaded, usePolicy, usePolicyWords, type Editor } from './context';
import { HistoryPart } from './history-part';
import { LoadNotices, SureButton } from './parts';
import { PreviewPart } from './preview-part';

type Done = { kind: 'committed'; version: number } | { kind: 'discarded' };

export function CommitPage(_props: { parts: string[] }) {
    const { words, language } = usePolicyWords();
    const own = commit_words[language];
    const { state, problem } = usePolicy();
    const [comment, write] = useState('');
    useUnsaved(comment.trim() !== '' && state?.pending != null);
    const [done, finish] = useState<Done | null>(null);
    // The edition that the administrator looks at: when another appears, the page says so before it commits it.
    const [looked_at, look] = useState<string | undefined>(undefined);
    const editor = useEdit(looked_at ?? state?.edition);
    useEffect(() => {
        if (looked_at === undefined && state?.pending) look(state.edition);
    }, [looked_at, state]);
    if (!state) return <LoadNotices data={null} problem={problem} />;

    async function commit() {
        const answer = await editor.run((edition) => policy.commit(edition, comment.trim()));
        if (!answer) return;
        finish({ kind: 'committed', version: answer.version });
        write('');
        look(undefined);
    }
    async function discard() {
        if (!(await editor.run((edition) => policy.discard(edition)))) return;
        finish({ kind: 'discarded' });
        look(undefined);
    }

    const { pending } = state;
    return (
        <>
            <Heading focus>{words.commit}</Heading>
            <p>{own.lead}</p>
            {done && !pending && <Notice kind="good"><p>{done.kind === 'committed' ? own.committed(done.version) : own.discarded}</p></Notice>}
            {!pending && !done && <p data-part="nothing-pending">{own.nothing} {own.nothing_more(state.version)}</p>}
            {pending && <ChangesPart pending={pending} />}
            {pending && <WarningsPart />}
            {pending && <PreviewPart />}
            <CommitForm editor={editor} comment={comment} write={write} is_pending={pending !== null} commit={() => void commit()} discard={() => void discard()} />
            <HistoryPart />
        </>
    );
}

function ChangesPart(props: { pending: Pending }) {
    const { words, language } = usePolicyWords();
    const own = commit_words[language];
    const { changes, count, author, time } = props.pending;
    return (
        <article data-part="changes">
            <div class="spread">
                <h2>{own.changes}</h2>
                <span class="quiet small">{own.change_count(count)} · {words.bar_by(author, formatTime(time, language))}</span>
            </div>
            <ChangeList changes={changes} />
            {count > changes.length && <p class="small quiet">{own.changes_cut(changes.length, count)}</p>}
            <DifferencePart key={time} />
            <Command text="sealpost policy diff" />
        </article>
    );
}

function WarningsPart() {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { data, problem } = useLoaded(() => policy.warnings(), []);
    return (
        <article data-part="warnings">
            <h2>{own.warnings}</h2>
            <LoadNotices data={data} problem={problem} />
            {data && (data.warnings.length === 0 ? <p>{own.no_warnings}</p> : <Notice kind="warn"><ProblemList problems={data.warnings} /></Notice>)}
        </article>
    );
}

interface CommitFormProps {
    editor: Editor;
    comment: string;
    is_pending: boolean;
    write(comment: string): void;
    commit(): void;
    discard(): void;
}

function CommitForm(props: CommitFormProps) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { editor, comment, is_pending } = props;
    // Who typed a comment sees it still when others committed meanwhile.
    if (!is_pending && comment === '' && !editor.outdated && !editor.problem) return null;
    return (
        <article data-part="commit">
            <form onSubmit={(event) => { event.preventDefault(); props.commit(); }}>
                <label for="commit-comment">{own.comment}</label>
                <input id="commit-comment" value={comment} autocomplete="off" maxLength={500} onInput={(event) => props.write(event.currentTarget.value)} />
                {editor.problem?.kind === 'nothing-staged' ? <Notice kind="bad"><p>{own.nothing_staged}</p></Notice> : <EditNotices editor={editor} />}
                <div class="row">
                    <button type="submit" {...waiting(editor.busy)} disabled={!is_pending} data-action="commit">{editor.busy ? own.committing : own.commit}</button>
                    {is_pending && <SureButton label={own.discard} question={own.discard_sure} yes={own.discard} action="discard" busy={editor.busy} run={props.discard} />}
                </div>
            </form>
            <Command text={`sealpost policy commit -m '${comment.replaceAll("'", "'\\''")}'`} />
        </article>
    );
}

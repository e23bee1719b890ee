// One message of the demo's mailboxes, as a mail program shows it.

import { useEffect, useState } from 'preact/hooks';
import { formatTime } from '../shared/language';
import { formatMailboxes } from '../shared/mail/compose';
import { parseMessage, type Message } from '../shared/mail/parse';
import { AttachmentList, MessageBody } from '../shared/message-parts';
import { Heading, Notice, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { demo, pagePath, type MessageSummary } from './api';
import { listPath, useInbox } from './context';
import { Link } from './inbox';

export function MessageView(props: { address: string; n: number }) {
    const { words, shared } = useInbox();
    const [mail, setMail] = useState<{ summary: MessageSummary; message: Message } | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    useEffect(() => {
        async function load() {
            const [summary, raw] = await Promise.all([demo.summary(props.address, props.n), demo.raw(props.address, props.n)]);
            setMail({ summary, message: await parseMessage(raw) });
        }
        load().catch((error: unknown) => fail(asProblem(error)));
    }, [props.address, props.n]);

    return (
        <>
            <p><Link to={listPath(props.address)}>← {words.back}</Link></p>
            {problem && <Notice kind="bad"><p>{problem.kind === 'not-found' ? words.gone : describeProblem(problem, shared)}</p></Notice>}
            {!mail && !problem && <Waiting text={shared.loading} />}
            {mail && <Shown address={props.address} summary={mail.summary} message={mail.message} />}
        </>
    );
}

function Shown(props: { address: string; summary: MessageSummary; message: Message }) {
    const { words, shared, language } = useInbox();
    const { message, summary } = props;
    return (
        <article data-part="message">
            <header class="message-head">
                <Heading focus>{message.subject || '—'}</Heading>
                <dl class="facts">
                    <dt>{shared.from}</dt><dd>{formatMailboxes(message.from)}</dd>
                    <dt>{shared.to}</dt><dd>{formatMailboxes(message.to)}</dd>
                    <dt>{shared.date}</dt><dd>{formatTime(message.date ?? summary.at, language)}</dd>
                    {summary.tls && (
                        <>
                            <dt>{words.brought_by}</dt>
                            <dd data-part="brought-by" data-verified={String(summary.tls.verified)}>
                                {summary.tls.version} · {summary.tls.cipher} · {summary.tls.verified ? words.verified : words.unverified}
                            </dd>
                        </>
                    )}
                </dl>
            </header>
            {summary.has_page && (
                <Notice kind="info">
                    <p><a role="button" class="compact" href={pagePath(props.address, summary.n)} target="_blank" rel="noopener" data-action="open-page">{words.open_as_program}</a></p>
                    <p class="small">{words.open_hint}</p>
                </Notice>
            )}
            <MessageBody message={message} />
            <AttachmentList message={message} />
        </article>
    );
}

// One mailbox: its messages, newest first, renewed when the count changes.

import { useEffect, useState } from 'preact/hooks';
import { formatSize, formatTime } from '../shared/language';
import { Heading, Notice, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { demo, type MessageSummary } from './api';
import { listPath, useInbox, useWorld } from './context';
import { Link } from './inbox';

export function MailboxView(props: { address: string }) {
    const { words, shared } = useInbox();
    const { state } = useWorld();
    const [messages, setMessages] = useState<MessageSummary[] | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const mailbox = state.mailboxes.find((one) => one.address === props.address);

    useEffect(() => {
        demo.messages(props.address).then(setMessages, (error: unknown) => fail(asProblem(error)));
    }, [props.address, mailbox?.messages]);

    return (
        <section data-part="mailbox">
            <Heading>{mailbox ? words.mailbox_of(mailbox.name) : props.address}</Heading>
            <p class="quiet">{props.address}{mailbox && ` · ${mailbox.organisation}`}</p>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!messages && !problem && <Waiting text={shared.loading} />}
            <p class="hidden-label" role="status">{messages ? words.messages(messages.length) : ''}</p>
            {messages?.length === 0 && <p class="quiet">{words.empty}</p>}
            {messages && messages.length > 0 && (
                <ul class="mails">
                    {messages.map((one) => <MailRow key={one.n} address={props.address} mail={one} />)}
                </ul>
            )}
        </section>
    );
}

function MailRow(props: { address: string; mail: MessageSummary }) {
    const { words, language } = useInbox();
    const { mail } = props;
    return (
        <li data-message={mail.n} data-sealed={String(mail.has_page)}>
            <Link to={`${listPath(props.address)}/${mail.n}`} class="mail">
                <span class="subject">{mail.subject || '—'} {mail.has_page && <span class="badge warn">{words.sealed_mark}</span>}</span>
                <span class="from">{mail.from}</span>
                <span class="when">{formatTime(mail.at, language)} · {formatSize(mail.size, language)}</span>
            </Link>
        </li>
    );
}

// A secure reply, a reply to all, or a forward. The service builds and sends it.

import { useMemo, useState } from 'preact/hooks';
import { FileChoice } from '../shared/file-choice';
import { audienceOf, cutToOctets, filesOf, max_forwarded_to, max_subject_bytes, quote, splitAddresses, subjectOf } from '../shared/mail/compose';
import { plainTextOf } from '../shared/mail/frame';
import type { Message } from '../shared/mail/parse';
import { Heading } from '../shared/parts';
import type { Problem } from '../shared/problem';
import { useUnsaved } from '../shared/unsaved';
import type { Assurance, ReplyMode, SenderFacts, SentReply, Session } from './api';
import { service, useReader } from './context';
import { findBad, findContentFault, ForwardTo, Reached, SubjectField, TextField, type ContentFault } from './reply-fields';
import { SendEnd } from './send-end';
import { ProveAgain } from './step-up';
import { isAbout, useSending } from './use-sending';

interface Props {
    envelope: string;
    mode: ReplyMode;
    message: Message;
    original: Uint8Array<ArrayBuffer>;
    sender: SenderFacts;
    reply_all_to: readonly string[];
    own: readonly string[];
    /** Whose copy was opened. */
    recipient: string;
    /** They were signed in as that one: what opens by its link alone needs nobody to be. */
    had_session: boolean;
    assurance: Assurance;
    subject: string;
    cancel(): void;
    learn(session: Session): void;
    sent(reply: SentReply): void;
}

/** The service takes some text, and a field of many megabytes can hardly be typed in. */
const max_quoted_characters = 100_000;

function beginningOf(text: string): string {
    return text.length > max_quoted_characters ? `${text.slice(0, text.lastIndexOf('\n', max_quoted_characters) + 1 || max_quoted_characters)}\n[…]` : text;
}

type Fault = 'to' | 'many' | ContentFault;

export function ReplyForm(props: Props) {
    const { words } = useReader();
    const { mode } = props;
    const [to, setTo] = useState('');
    const [subject, setSubject] = useState(() => cutToOctets(subjectOf(mode, props.subject), max_subject_bytes));
    const [start] = useState(() => {
        const original = mode === 'forward' ? null : plainTextOf(props.message);
        return original ? `\n\n${quote(beginningOf(original))}\n` : '';
    });
    const [text, setText] = useState(start);
    const [files, setFiles] = useState<File[]>([]);
    const [entry, blame] = useState<Fault | null>(null);
    // As it was when it was sent: what is told does not change while it is mended.
    const [blamed_to, keepBlamed] = useState('');
    /** What was sent already, and is sent again as it is, arrives once. */
    const key = useMemo(() => crypto.randomUUID(), [to, subject, text, files]);
    const sending = useSending();
    const { busy } = sending;
    useUnsaved(text !== start || to !== '' || files.length > 0);
    const audience = useMemo(() => audienceOf(mode, props.message, props.sender, props.reply_all_to, props.own), [mode]);

    const listFiles = () => filesOf(mode, props.original, props.subject, files);

    function findFault(): Fault | null {
        const addresses = splitAddresses(to);
        if (mode === 'forward' && (addresses.length === 0 || findBad(addresses).length > 0)) return 'to';
        if (mode === 'forward' && addresses.length > max_forwarded_to) return 'many';
        return findContentFault(text, listFiles());
    }

    async function submit(event: Event) {
        event.preventDefault();
        const fault = findFault();
        blame(fault);
        keepBlamed(to);
        if (!fault && !busy) await send();
    }

    function place(found: Problem): boolean {
        const fault = isAbout(found, 'to') ? 'to' : isAbout(found, 'text') ? 'long' : null;
        if (fault) blame(fault);
        return fault !== null;
    }

    const send = (has_proved = false) => sending.send({
        isTheirs: ({ addresses }) => !props.recipient || addresses.includes(props.recipient),
        post: (transfer) => service.reply(props.envelope, key, { mode, to: splitAddresses(to), subject, text }, listFiles(), transfer),
        sent: props.sent,
        place,
    }, has_proved);

    const titles = { reply: words.compose_reply, reply_all: words.compose_reply_all, forward: words.compose_forward };
    return (
        <article data-part="compose">
            <Heading focus>{titles[mode]}</Heading>
            <form onSubmit={submit} noValidate>
                {mode === 'forward' ? <ForwardTo value={to} busy={busy} fault={entry === 'to' || entry === 'many' ? entry : null} sent={blamed_to} change={setTo} /> : <Reached audience={audience} />}
                <SubjectField value={subject} busy={busy} change={setSubject} />
                <TextField value={text} busy={busy} fault={entry === 'text' || entry === 'long' ? entry : null} change={setText} />
                <FileChoice id="reply-files" label={words.attach} files={files} disabled={busy} change={setFiles} />
                <SendEnd sending={sending} is_too_large={entry === 'size'} has_files={listFiles().length > 0} cancel={props.cancel} />
            </form>
            {sending.must_prove && <ProveAgain envelope={props.envelope} assurance={props.assurance}
                again={{ address: props.recipient, why: props.had_session ? words.session_over : words.prove_to_send, next: words.prove_and_send }} done={(session) => { props.learn(session); void send(session.person !== null); }} />}
        </article>
    );
}

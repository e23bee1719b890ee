// The form of a message that somebody begins. The service builds and sends it, as it does a reply.

import { useMemo, useState } from 'preact/hooks';
import { FileChoice } from '../shared/file-choice';
import { splitAddresses } from '../shared/mail/compose';
import type { Mailbox } from '../shared/mail/parse';
import { Heading } from '../shared/parts';
import type { Problem } from '../shared/problem';
import { useUnsaved } from '../shared/unsaved';
import type { Person, SentReply, Session } from './api';
import { ComposeTo, findToFault, type ToFault } from './compose-to';
import type { ComposeWords } from './compose-words';
import { service, useReader } from './context';
import type { OwnWords } from './prove-address';
import { findContentFault, SubjectField, TextField, type ContentFault } from './reply-fields';
import { SendEnd } from './send-end';
import { ProveAgain } from './step-up';
import { isAbout, useSending } from './use-sending';

/** What the proof of an address says here. */
export function proofOf(words: ComposeWords): OwnWords {
    return { title: words.prove_title, lead: words.prove_lead, next: words.prove_next, code_sent: words.code_sent };
}

interface Props {
    person: Person;
    /** Whom the link to the page names. */
    to: string;
    correspondents: readonly Mailbox[];
    cancel(): void;
    learn(session: Session): void;
    sent(reply: SentReply): void;
}

export function ComposeForm(props: Props) {
    const { words, shared, composing } = useReader();
    const { addresses } = props.person;
    const [from, setFrom] = useState(addresses[0] ?? '');
    const [to, setTo] = useState(props.to);
    const [subject, setSubject] = useState('');
    const [text, setText] = useState('');
    const [files, setFiles] = useState<File[]>([]);
    const [to_fault, blameTo] = useState<ToFault | null>(null);
    const [fault, blame] = useState<ContentFault | null>(null);
    /** What was sent already, and is sent again as it is, arrives once. */
    const key = useMemo(() => crypto.randomUUID(), [from, to, subject, text, files]);
    const sending = useSending();
    const { busy } = sending;
    useUnsaved(to !== props.to || subject !== '' || text !== '' || files.length > 0);

    async function submit(event: Event) {
        event.preventDefault();
        if (busy) return;
        const found = { to: findToFault(to), content: findContentFault(text, files) };
        blameTo(found.to);
        blame(found.content);
        if (!found.to && !found.content) await send();
    }

    function place(found: Problem): boolean {
        if (found.kind === 'not-reachable') {
            const named = found.list('addresses');
            blameTo({ kind: 'unreachable', named: named.length > 0 ? named : splitAddresses(to) });
        } else if (isAbout(found, 'to')) {
            blameTo({ kind: 'bad', named: [] });
        } else if (isAbout(found, 'text')) {
            blame('long');
        } else {
            return false;
        }
        return true;
    }

    const send = (has_proved = false) => sending.send({
        isTheirs: (person) => person.addresses.includes(from),
        post: (transfer) => service.beginMessage(key, { from, to: splitAddresses(to), subject, text }, files, transfer),
        sent: props.sent,
        place,
    }, has_proved);

    return (
        <article data-part="compose">
            <Heading level={2}>{composing.form}</Heading>
            <form onSubmit={submit} noValidate>
                {addresses.length > 1 && (
                    <>
                        <label for="from">{shared.from}</label>
                        <select id="from" value={from} disabled={busy} onChange={(event) => setFrom(event.currentTarget.value)}>
                            {addresses.map((address) => <option key={address} value={address}>{address}</option>)}
                        </select>
                    </>
                )}
                <ComposeTo value={to} busy={busy} fault={to_fault} correspondents={props.correspondents} change={setTo} />
                <SubjectField value={subject} busy={busy} change={setSubject} />
                <TextField value={text} busy={busy} fault={fault === 'size' ? null : fault} change={setText} />
                <FileChoice id="files" label={words.attach} files={files} disabled={busy} change={setFiles} />
                <SendEnd sending={sending} is_too_large={fault === 'size'} has_files={files.length > 0} cancel={props.cancel} />
            </form>
            {sending.must_prove && (
                <ProveAgain envelope={null} assurance="mailbox" own={proofOf(composing)} again={{ address: from, why: composing.session_over, next: words.prove_and_send }}
                    done={(session) => { props.learn(session); void send(session.person !== null); }} />
            )}
        </article>
    );
}

// A secure reply, a reply to all, or a forward. The service builds and sends it.

import { useMemo, useState } from 'preact/hooks';
import { FileChoice } from '../shared/file-choice';
import {
    audienceOf, countOctets, cutToOctets, filesOf, max_forwarded_to, max_subject_bytes, max_text_bytes, quote, splitAddresses, subjectOf,
} from '../shared/mail/compose';
import { plainTextOf } from '../shared/mail/frame';
import type { Message } from '../shared/mail/parse';
import { Heading, Notice } from '../shared/parts';
import { asProblem, Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { UploadProgress, useUpload } from '../shared/upload';
import { mayLeave, useUnsaved } from '../shared/unsaved';
import { keepFocus, waiting } from '../shared/use-call';
import type { Assurance, ReplyMode, SenderFacts, SentReply, Session } from './api';
import { service, useReader } from './context';
import { findBad, ForwardTo, Reached, SubjectField } from './reply-fields';
import { ProveAgain } from './step-up';

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

const max_attached_bytes = 64 * 1024 * 1024;
/** Writing takes longer than a session lasts, and another tab may begin another one. */
const to_prove_again = new Set(['not-signed-in', 'not-a-recipient', 'needs-assurance']);

/** A connection that broke before the answer came says nothing about what became of the reply. */
function tellBroken(error: unknown): never {
    throw error instanceof Problem && error.kind === 'unreachable' ? new Problem('perhaps-sent', 0) : error;
}

/** The service takes some text, and a field of many megabytes can hardly be typed in. */
const max_quoted_characters = 100_000;

function beginningOf(text: string): string {
    return text.length > max_quoted_characters ? `${text.slice(0, text.lastIndexOf('\n', max_quoted_characters) + 1 || max_quoted_characters)}\n[…]` : text;
}

type Fault = 'to' | 'many' | 'text' | 'long' | 'size';

function isAbout(found: Problem, field: string): boolean {
    return found.kind === 'bad-request' && found.text('field') === field;
}

export function ReplyForm(props: Props) {
    const { words, shared } = useReader();
    const { mode } = props;
    const [to, setTo] = useState('');
    const [subject, setSubject] = useState(() => cutToOctets(subjectOf(mode, props.subject), max_subject_bytes));
    const [start] = useState(() => {
        const original = mode === 'forward' ? null : plainTextOf(props.message);
        return original ? `\n\n${quote(beginningOf(original))}\n` : '';
    });
    const [text, setText] = useState(start);
    const [files, setFiles] = useState<File[]>([]);
    const [busy, wait] = useState(false);
    const [entry, blame] = useState<Fault | null>(null);
    // As it was when it was sent: what is told does not change while it is mended.
    const [blamed_to, keepBlamed] = useState('');
    const [problem, fail] = useState<Problem | null>(null);
    const [must_prove, prove] = useState(false);
    /** What was sent already, and is sent again as it is, arrives once. */
    const key = useMemo(() => crypto.randomUUID(), [to, subject, text, files]);
    const upload = useUpload();
    useUnsaved(text !== start || to !== '' || files.length > 0);
    const audience = useMemo(() => audienceOf(mode, props.message, props.sender, props.reply_all_to, props.own), [mode]);

    const listFiles = () => filesOf(mode, props.original, props.subject, files);

    function findFault(): Fault | null {
        const addresses = splitAddresses(to);
        if (mode === 'forward' && (addresses.length === 0 || findBad(addresses).length > 0)) return 'to';
        if (mode === 'forward' && addresses.length > max_forwarded_to) return 'many';
        if (mode !== 'forward' && !text.trim() && files.length === 0) return 'text';
        if (countOctets(text) > max_text_bytes) return 'long';
        return listFiles().reduce((sum, file) => sum + file.size, 0) > max_attached_bytes ? 'size' : null;
    }

    async function submit(event: Event) {
        event.preventDefault();
        const fault = findFault();
        blame(fault);
        keepBlamed(to);
        if (!fault && !busy) await send();
    }

    async function send(has_proved = false) {
        const goOn = keepFocus();
        wait(true);
        fail(null);
        prove(false);
        try {
            // Asked first, or the end of a session would be told only after all files were on their way.
            const { person } = await service.session();
            if (!person && has_proved) throw new Problem('no-cookie', 401);
            if (!person || (props.recipient && !person.addresses.includes(props.recipient))) throw new Problem('not-signed-in', 401);
            props.sent(await service.reply(props.envelope, key, { mode, to: splitAddresses(to), subject, text }, listFiles(), upload.begin()).catch(tellBroken));
        } catch (error) {
            const found = asProblem(error);
            if (to_prove_again.has(found.kind)) prove(true);
            else if (isAbout(found, 'to')) blame('to');
            else if (isAbout(found, 'text')) blame('long');
            else fail(found);
            upload.end();
            wait(false);
            goOn();
        }
    }

    function describe(found: Problem): string {
        if (found.kind === 'no-right') return words.no_right;
        if (found.kind === 'no-cookie') return words.no_cookie(location.host);
        if (found.kind === 'too-large') return listFiles().length > 0 ? words.reply_too_large : words.text_long;
        if (found.kind === 'given-up') return words.sending_stopped;
        return found.kind === 'perhaps-sent' ? words.perhaps_sent : describeProblem(found, shared);
    }

    function cancel() {
        if (mayLeave(shared.discard)) props.cancel();
    }

    const is_text_bad = entry === 'text' || entry === 'long';
    const titles = { reply: words.compose_reply, reply_all: words.compose_reply_all, forward: words.compose_forward };
    return (
        <article data-part="compose">
            <Heading focus>{titles[mode]}</Heading>
            <form onSubmit={submit} noValidate>
                {mode === 'forward' ? <ForwardTo value={to} busy={busy} fault={entry === 'to' || entry === 'many' ? entry : null} sent={blamed_to} change={setTo} /> : <Reached audience={audience} />}
                <SubjectField value={subject} busy={busy} change={setSubject} />
                <label for="text">{words.text}</label>
                <textarea id="text" dir="auto" rows={12} value={text} readOnly={busy} aria-invalid={is_text_bad ? 'true' : undefined}
                    aria-describedby={is_text_bad ? 'text-bad' : undefined} onInput={(event) => setText(event.currentTarget.value)} />
                {is_text_bad && <small id="text-bad" role="alert">{entry === 'long' ? words.text_long : words.text_bad}</small>}
                <FileChoice id="reply-files" label={words.attach} files={files} disabled={busy} change={setFiles} />
                {entry === 'size' && <Notice kind="bad"><p>{words.reply_too_large}</p></Notice>}
                {problem && <Notice kind={problem.kind === 'given-up' ? 'info' : 'bad'}><p>{describe(problem)}</p></Notice>}
                {busy && <UploadProgress text={words.sending_reply} upload={upload} />}
                <div class="row">
                    <button type="submit" {...waiting(busy)} data-action="send">{words.send}</button>
                    <button type="button" class="outline secondary" {...waiting(busy)} onClick={cancel}>{shared.cancel}</button>
                </div>
            </form>
            {must_prove && <ProveAgain envelope={props.envelope} assurance={props.assurance}
                again={{ address: props.recipient, why: props.had_session ? words.session_over : words.prove_to_send, next: words.prove_and_send }} done={(session) => { props.learn(session); void send(session.person !== null); }} />}
        </article>
    );
}

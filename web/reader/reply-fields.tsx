// The fields of a message that is written here: whom it goes to, its subject and its text.

import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import {
    countOctets, cutToOctets, looksLikeAddress, max_attached_bytes, max_forwarded_to, max_subject_bytes, max_text_bytes, splitAddresses, type Audience,
} from '../shared/mail/compose';
import { Notice } from '../shared/parts';
import { useReader } from './context';
import { Mailboxes } from './mailboxes';

interface FieldProps {
    value: string;
    busy: boolean;
    change(text: string): void;
}

export const findBad = (addresses: readonly string[]) => addresses.filter((one) => !looksLikeAddress(one));
const most_named = 5;

/** The first few of what is wrong, and how many more there are. */
export function nameSome(addresses: readonly string[]): [some: string, more: number] {
    return [addresses.slice(0, most_named).join(', '), addresses.length - most_named];
}

/** `bad`: what is wrong with it. */
export function ToField(props: FieldProps & { bad: string | null; own?: RefObject<HTMLInputElement> }) {
    const { words } = useReader();
    const { bad } = props;
    return (
        <>
            <label for="to">{words.forward_to}</label>
            <input ref={props.own ?? null} id="to" value={props.value} readOnly={props.busy} autocomplete="email" inputmode="email" spellcheck={false}
                aria-invalid={bad ? 'true' : undefined} aria-describedby={bad ? 'to-bad' : undefined}
                onInput={(event) => props.change(event.currentTarget.value)} />
            {bad && <small id="to-bad" role="alert" class="wrap">{bad}</small>}
        </>
    );
}

/** `fault` is of `sent`, as it was then: what is told does not change while it is mended. */
export function ForwardTo(props: FieldProps & { fault: 'to' | 'many' | null; sent: string }) {
    const { words } = useReader();
    const { fault } = props;
    function describe(): string {
        if (fault === 'many') return words.forward_to_many(max_forwarded_to);
        const bad = findBad(splitAddresses(props.sent));
        // None that the page knows of: the service has found one.
        return bad.length === 0 ? words.forward_to_bad : words.forward_to_these(...nameSome(bad));
    }
    return (
        <>
            <ToField value={props.value} busy={props.busy} bad={fault && describe()} change={props.change} />
            <p class="quiet small">{words.include_original}</p>
        </>
    );
}

export function Reached(props: { audience: Audience }) {
    const { words, shared } = useReader();
    const { reached, missed } = props.audience;
    return (
        <>
            <dl class="facts"><dt>{shared.to}</dt><dd data-part="reached"><Mailboxes all={reached} /></dd></dl>
            {missed.length > 0 && (
                <Notice kind="info"><div class="small" data-part="missed">{words.missed} <Mailboxes all={missed} /></div></Notice>
            )}
        </>
    );
}

/** Cut where the service would cut it, in sight of whoever writes it. */
export function SubjectField(props: FieldProps) {
    const { words } = useReader();
    const [is_full, fill] = useState(false);
    function type(field: HTMLInputElement) {
        const cut = cutToOctets(field.value, max_subject_bytes);
        fill(cut !== field.value);
        if (cut !== field.value) field.value = cut;
        props.change(cut);
    }
    return (
        <>
            <label for="subject">{words.subject}</label>
            <input id="subject" dir="auto" value={props.value} readOnly={props.busy} aria-describedby={is_full ? 'subject-full' : undefined}
                onInput={(event) => type(event.currentTarget)} />
            {is_full && <small id="subject-full" role="status">{words.subject_full}</small>}
        </>
    );
}

/** What the service would not take of text and files. */
export type ContentFault = 'text' | 'long' | 'size';

export function findContentFault(text: string, files: readonly File[]): ContentFault | null {
    if (!text.trim() && files.length === 0) return 'text';
    if (countOctets(text) > max_text_bytes) return 'long';
    return files.reduce((sum, file) => sum + file.size, 0) > max_attached_bytes ? 'size' : null;
}

export function TextField(props: FieldProps & { fault: 'text' | 'long' | null }) {
    const { words } = useReader();
    const { fault } = props;
    return (
        <>
            <label for="text">{words.text}</label>
            <textarea id="text" dir="auto" rows={12} value={props.value} readOnly={props.busy} aria-invalid={fault ? 'true' : undefined}
                aria-describedby={fault ? 'text-bad' : undefined} onInput={(event) => props.change(event.currentTarget.value)} />
            {fault && <small id="text-bad" role="alert">{fault === 'long' ? words.text_long : words.text_bad}</small>}
        </>
    );
}

// The fields of a reply: whom it goes to, and its subject.

import { useState } from 'preact/hooks';
import { cutToOctets, looksLikeAddress, max_forwarded_to, max_subject_bytes, splitAddresses, type Audience } from '../shared/mail/compose';
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

/** `fault` is of `sent`, as it was then: what is told does not change while it is mended. */
export function ForwardTo(props: FieldProps & { fault: 'to' | 'many' | null; sent: string }) {
    const { words } = useReader();
    const { fault } = props;
    function describe(): string {
        if (fault === 'many') return words.forward_to_many(max_forwarded_to);
        const bad = findBad(splitAddresses(props.sent));
        // None that the page knows of: the service has found one.
        return bad.length === 0 ? words.forward_to_bad : words.forward_to_these(bad.slice(0, most_named).join(', '), bad.length - most_named);
    }
    return (
        <>
            <label for="to">{words.forward_to}</label>
            <input id="to" value={props.value} readOnly={props.busy} autocomplete="email" inputmode="email" spellcheck={false}
                aria-invalid={fault ? 'true' : undefined} aria-describedby={fault ? 'to-bad' : undefined}
                onInput={(event) => props.change(event.currentTarget.value)} />
            {fault && <small id="to-bad" role="alert">{describe()}</small>}
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

// To whom a new message goes, what may be wrong with that, and who can be added at the press of a button.

import { useRef } from 'preact/hooks';
import { looksLikeAddress, splitAddresses } from '../shared/mail/compose';
import { formatMailbox, type Mailbox } from '../shared/mail/parse';
import { waiting } from '../shared/use-call';
import { useReader } from './context';
import { addAddress, suggest } from './correspondents';
import { nameSome, ToField } from './reply-fields';

/** As many as a message may go to: doc/spec/key-api.md. */
export const max_begun_to = 20;

/** With the addresses as they were when it was found: what is told does not change while it is mended. */
export interface ToFault {
    kind: 'bad' | 'many' | 'unreachable';
    named: readonly string[];
}

export function findToFault(to: string): ToFault | null {
    const addresses = splitAddresses(to);
    const named = addresses.filter((one) => !looksLikeAddress(one));
    if (addresses.length === 0 || named.length > 0) return { kind: 'bad', named };
    return addresses.length > max_begun_to ? { kind: 'many', named } : null;
}

interface Props {
    value: string;
    busy: boolean;
    fault: ToFault | null;
    correspondents: readonly Mailbox[];
    change(text: string): void;
}

export function ComposeTo(props: Props) {
    const { words, composing } = useReader();
    const own = useRef<HTMLInputElement>(null);
    const { shown, more } = suggest(props.correspondents, props.value);

    function describe({ kind, named }: ToFault): string {
        if (kind === 'many') return composing.to_many(max_begun_to);
        if (kind === 'unreachable') return composing.not_reachable(named.join(', '));
        return named.length === 0 ? words.forward_to_bad : words.forward_to_these(...nameSome(named));
    }
    function add(address: string) {
        props.change(addAddress(props.value, address));
        own.current?.focus();
    }
    return (
        <>
            <ToField own={own} value={props.value} busy={props.busy} bad={props.fault && describe(props.fault)} change={props.change} />
            {shown.length > 0 && (
                <fieldset class="suggestions" data-part="suggestions">
                    <legend class="quiet small">{composing.suggested}</legend>
                    <div class="row">
                        {shown.map((one) => (
                            <button key={one.address} type="button" class="compact outline wrap" data-address={one.address} {...waiting(props.busy)}
                                aria-label={composing.add(formatMailbox(one))} onClick={() => add(one.address)}>{formatMailbox(one)}</button>
                        ))}
                        {more > 0 && <span class="quiet small">{composing.more(more)}</span>}
                    </div>
                </fieldset>
            )}
        </>
    );
}

// Whom a message names: the first few at once, so that its text is not pushed out of sight, and the others where they are asked for.

import { formatMailboxes } from '../shared/mail/compose';
import type { Mailbox } from '../shared/mail/parse';
import { useReader } from './context';

const shown_at_once = 6;

/** One more than that is shown, too: what it would be folded behind takes as much room. */
export function splitMailboxes(all: readonly Mailbox[]): { first: readonly Mailbox[]; others: readonly Mailbox[] } {
    const count = all.length <= shown_at_once + 1 ? all.length : shown_at_once;
    return { first: all.slice(0, count), others: all.slice(count) };
}

export function Mailboxes(props: { all: readonly Mailbox[] }) {
    const { words } = useReader();
    const { first, others } = splitMailboxes(props.all);
    if (others.length === 0) return <>{formatMailboxes(first)}</>;
    return (
        <>
            {formatMailboxes(first)}
            <details class="others" data-part="others">
                <summary>{words.others(others.length)}</summary>
                <span>{formatMailboxes(others)}</span>
            </details>
        </>
    );
}

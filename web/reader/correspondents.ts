// Whom the field To of a new message is filled with: by a link, or from those who have written.

import { looksLikeAddress, splitAddresses } from '../shared/mail/compose';
import type { Mailbox } from '../shared/mail/parse';

/** The one address that a link to the page names, such as /compose?to=alice@acme.test; anything else fills in nothing. */
export function recipientOf(query: string): string {
    const given = (new URLSearchParams(query).get('to') ?? '').trim();
    return looksLikeAddress(given) && splitAddresses(given).length === 1 ? given : '';
}

/** What stands behind the last comma, and what in front of it. */
function splitLast(text: string): [before: string, last: string] {
    const at = Math.max(...[',', ';', '\n'].map((sign) => text.lastIndexOf(sign))) + 1;
    return [text.slice(0, at), text.slice(at)];
}

const lower = (text: string) => text.toLowerCase();
const shown_at_once = 6;

/** Those who are not in the field yet, and of them those who fit what is typed last. */
export function suggest(all: readonly Mailbox[], text: string): { shown: readonly Mailbox[]; more: number } {
    const given = new Set(splitAddresses(text).map(lower));
    const rest = all.filter(({ address }) => !given.has(lower(address)));
    const [, last] = splitLast(text);
    const typed = lower(last.trim());
    const fitting = rest.filter(({ name, address }) => lower(name).includes(typed) || lower(address).includes(typed));
    // Behind a whole address somebody else may follow.
    const found = fitting.length === 0 && looksLikeAddress(last.trim()) ? rest : fitting;
    return { shown: found.slice(0, shown_at_once), more: Math.max(0, found.length - shown_at_once) };
}

/** In place of what was typed to find them. */
export function addAddress(text: string, address: string): string {
    const [before, last] = splitLast(text);
    const whole = splitAddresses(last).filter((one) => looksLikeAddress(one) && !lower(address).startsWith(lower(one)));
    return [before.replace(/[\s,;]+$/, ''), ...whole, address].filter(Boolean).map((one) => `${one}, `).join('');
}

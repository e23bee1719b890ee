// What a reply or a forward starts from: subject, quoted text, and whom it goes to.

import type { ReplyMode } from '../api';
import { formatMailbox, type Mailbox, type Message } from './parse';

const reply_prefix = /^\s*(re|aw|sv|antw|réf|ref)\s*:\s*/i;
const forward_prefix = /^\s*(fwd?|tr|wg)\s*:\s*/i;

export function subjectOf(mode: ReplyMode, subject: string): string {
    const prefix = mode === 'forward' ? 'Fwd: ' : 'Re: ';
    const known = mode === 'forward' ? forward_prefix : reply_prefix;
    return prefix + subject.replace(known, '').trim();
}

export function quote(text: string): string {
    const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
    return lines.map((line) => (line.startsWith('>') ? `>${line}` : line ? `> ${line}` : '>')).join('\n');
}

/** To whom a reply goes: the sender of the key record; for all, also the others, never oneself. */
export function recipientsOf(mode: ReplyMode, message: Message, sender: Mailbox, own: string): Mailbox[] {
    if (mode === 'forward') return [];
    if (mode === 'reply') return [sender];
    const seen = new Set([sender.address.toLowerCase(), own.toLowerCase()]);
    const others = [...message.to, ...message.cc].filter((mailbox) => {
        const key = mailbox.address.toLowerCase();
        if (!key || seen.has(key)) return false;
        seen.add(key);
        return true;
    });
    return [sender, ...others];
}

export function formatMailboxes(mailboxes: readonly Mailbox[]): string {
    return mailboxes.map(formatMailbox).join(', ');
}

/** Addresses as a person types them, parted by commas, semicolons, or white space. */
export function splitAddresses(text: string): string[] {
    return text.split(/[\s,;]+/).filter((part) => part.length > 0);
}

export function looksLikeAddress(text: string): boolean {
    return text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text);
}

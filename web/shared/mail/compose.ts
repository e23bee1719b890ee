// What a reply or a forward starts from: subject, quoted text, and whom it goes to.

import type { Schemas } from '../service';
import { safeFileName } from './names';
import { formatMailbox, type Mailbox, type Message } from './parse';

type ReplyMode = Schemas['ReplyOrder']['mode'];

const reply_prefix = /^\s*(re|aw|sv|antw|réf|ref)\s*:\s*/i;
const forward_prefix = /^\s*(fwd?|tr|wg)\s*:\s*/i;

export function subjectOf(mode: ReplyMode, subject: string): string {
    const prefix = mode === 'forward' ? 'Fwd: ' : 'Re: ';
    const known = mode === 'forward' ? forward_prefix : reply_prefix;
    return (prefix + subject.replace(known, '').trim()).trim();
}

export function quote(text: string): string {
    const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
    return lines.map((line) => (line.startsWith('>') ? `>${line}` : line ? `> ${line}` : '>')).join('\n');
}

export interface Audience {
    /** Who gets it, as the service decides. */
    reached: Mailbox[];
    /** Whom the message names as its recipients, and who gets nothing of a reply to all. */
    missed: Mailbox[];
}

/**
 * To whom a reply goes: to the sender of the key record; a reply to all to whom the service named. Names are the message's.
 * Of one's own addresses none is missed.
 */
export function audienceOf(mode: ReplyMode, message: Message, sender: Mailbox, reply_all_to: readonly string[], own: readonly string[]): Audience {
    if (mode === 'forward') return { reached: [], missed: [] };
    if (mode === 'reply') return { reached: [sender], missed: [] };
    const named = new Map([...message.cc, ...message.to].map((mailbox) => [mailbox.address.toLowerCase(), mailbox]));
    const reached = reply_all_to.map((address) => {
        if (address === sender.address) return sender;
        return { name: named.get(address.toLowerCase())?.name ?? '', address };
    });
    for (const address of [...reply_all_to, ...own, '']) named.delete(address.toLowerCase());
    return { reached, missed: [...named.values()] };
}

/** Under which a message is saved or passed on. */
export function fileNameOf(subject: string): string {
    return safeFileName(subject.trim() && `${subject.trim()}.eml`, 'message.eml');
}

/** What goes along: a forward passes the original on, whole, as one file before the others. */
export function filesOf(mode: ReplyMode, original: Uint8Array<ArrayBuffer>, subject: string, files: readonly File[]): File[] {
    if (mode !== 'forward') return [...files];
    return [new File([original], fileNameOf(subject), { type: 'message/rfc822' }), ...files];
}

export function formatMailboxes(mailboxes: readonly Mailbox[]): string {
    return mailboxes.map(formatMailbox).join(', ');
}

/** As many as a forward goes to: src/serve/reader/reply_message.cpp. */
export const max_forwarded_to = 50;

/**
 * Addresses as a person types or pastes them, parted by commas, semicolons, or white space; "Bob Smith <bob@x.test>", too. What is
 * neither an address nor the name of one stays among them, to be found by who checks them.
 */
export function splitAddresses(text: string): string[] {
    const entries = text.replace(/"[^"]*"(?=\s*<)/g, ' ').split(/[,;\n]/);
    return [...new Set(entries.flatMap((entry) => {
        const inside = [...entry.matchAll(/<([^<>\s]+)>/g)].map(([, address = '']) => address);
        const named = new Set(inside.map((address) => address.toLowerCase()));
        const words = entry.replace(/<[^<>\s]+>/g, ' ').split(/\s+/)
            .filter((word) => word && (inside.length === 0 || (word.includes('@') && !named.has(withoutMarks(word).toLowerCase()))));
        return [...words, ...inside];
    }))];
}

/** Outlook names somebody it knows no name of by the address, in marks: 'bob@x.test' <bob@x.test>. */
function withoutMarks(word: string): string {
    return word.replace(/^['"(]|['")]$/g, '');
}

/** RFC 5321 §4.1.2: no part between dots is empty, in front of the sign or behind it. */
export function looksLikeAddress(text: string): boolean {
    return text.length <= 254 && /^(?:"[^"@]*"|[^\s@<>()".]+(?:\.[^\s@<>()".]+)*)@[^\s@<>()"'.]+(?:\.[^\s@<>()"'.]+)*$/.test(text);
}

/** What the service takes of a reply, in octets of UTF-8: src/serve/reader/reply_message.cpp. */
export const max_subject_bytes = 900;
export const max_text_bytes = 1024 * 1024;
/** All files together. */
export const max_attached_bytes = 64 * 1024 * 1024;

export function countOctets(text: string): number {
    return new TextEncoder().encode(text).length;
}

/** The longest beginning of it that has no more octets, whole characters only. */
export function cutToOctets(text: string, most: number): string {
    // Each of its units comes to three octets at most.
    if (text.length * 3 <= most) return text;
    let kept = '';
    let octets = 0;
    for (const character of text) {
        octets += countOctets(character);
        if (octets > most) return kept;
        kept += character;
    }
    return text;
}

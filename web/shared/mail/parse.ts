// A decrypted or raw RFC 5322 message as the pages show it. The parsing is postal-mime's.

import type { Address, Attachment } from 'postal-mime';
import { safeFileName, straightName } from './names';
import { PostalMime } from './parser';

export interface Mailbox {
    name: string;
    address: string;
}

export interface MessageFile {
    name: string;
    type: string;
    bytes: Uint8Array<ArrayBuffer>;
    content_id: string | null;
    inline: boolean;
}

export interface Message {
    from: Mailbox[];
    to: Mailbox[];
    cc: Mailbox[];
    subject: string;
    date: string | null;
    text: string | null;
    html: string | null;
    files: MessageFile[];
}

const max_nesting = 50;
const max_head_bytes = 1024 * 1024;

export async function parseMessage(raw: Uint8Array<ArrayBuffer>): Promise<Message> {
    const mail = await PostalMime.parse(raw, {
        attachmentEncoding: 'arraybuffer',
        rfc822Attachments: true,
        maxNestingDepth: max_nesting,
        maxHeadersSize: max_head_bytes,
    });
    return {
        from: flatten(mail.from ? [mail.from] : []),
        to: flatten(mail.to ?? []),
        cc: flatten(mail.cc ?? []),
        subject: mail.subject ?? '',
        date: mail.date ?? null,
        text: mail.text ?? null,
        html: mail.html ?? null,
        files: mail.attachments.map(describe),
    };
}

function flatten(addresses: readonly Address[]): Mailbox[] {
    return addresses.flatMap((entry): Mailbox[] => (entry.group ? entry.group : [{ name: entry.name, address: entry.address }]));
}

function describe(part: Attachment, index: number): MessageFile {
    const content_id = part.contentId?.replace(/^<|>$/g, '') || null;
    return {
        name: safeFileName(withEnding(part.filename || fallbackName(part, index), part.mimeType), `attachment-${index + 1}`),
        type: part.mimeType,
        bytes: toBytes(part.content),
        content_id,
        inline: part.related === true || part.disposition === 'inline',
    };
}

/** Files are saved as what their name says alone: without an ending, nothing opens them. */
const endings = new Map([
    ['text/calendar', 'ics'], ['application/ics', 'ics'], ['text/vcard', 'vcf'], ['text/plain', 'txt'], ['text/html', 'html'], ['text/csv', 'csv'],
    ['message/delivery-status', 'txt'], ['message/disposition-notification', 'txt'], ['message/feedback-report', 'txt'], ['text/rfc822-headers', 'txt'],
    ['application/pdf', 'pdf'], ['application/zip', 'zip'], ['application/msword', 'doc'], ['application/vnd.ms-excel', 'xls'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'], ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
    ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'pptx'],
    ['image/png', 'png'], ['image/jpeg', 'jpg'], ['image/jpg', 'jpg'], ['image/pjpeg', 'jpg'], ['image/gif', 'gif'], ['image/webp', 'webp'],
    ['application/pkcs7-mime', 'p7m'], ['application/x-pkcs7-mime', 'p7m'], ['application/pkcs7-signature', 'p7s'], ['application/x-pkcs7-signature', 'p7s'],
    ['application/pgp-signature', 'asc'],
]);

function withEnding(name: string, type: string): string {
    // A subject ends in what may look like an ending.
    if (type === 'message/rfc822') return /\.eml$/i.test(name) ? name : `${name}.eml`;
    const ending = endings.get(type);
    return ending === undefined || /\.[a-z][a-z0-9]{0,9}$/i.test(name) ? name : `${name}.${ending}`;
}

function fallbackName(part: Attachment, index: number): string {
    return endings.get(part.mimeType) === 'ics' ? 'invitation' : `attachment-${index + 1}`;
}

function toBytes(content: ArrayBuffer | Uint8Array | string): Uint8Array<ArrayBuffer> {
    if (typeof content === 'string') return new TextEncoder().encode(content);
    return content instanceof Uint8Array ? new Uint8Array(content) : new Uint8Array(content);
}

export function formatMailbox(mailbox: Mailbox): string {
    const name = straightName(mailbox.name);
    return name && name !== mailbox.address ? `${name} <${mailbox.address}>` : mailbox.address;
}

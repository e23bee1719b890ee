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
        name: safeFileName(part.filename, fallbackName(part, index)),
        type: part.mimeType,
        bytes: toBytes(part.content),
        content_id,
        inline: part.related === true || part.disposition === 'inline',
    };
}

function fallbackName(part: Attachment, index: number): string {
    return `attachment-${index + 1}${part.mimeType === 'message/rfc822' ? '.eml' : ''}`;
}

function toBytes(content: ArrayBuffer | Uint8Array | string): Uint8Array<ArrayBuffer> {
    if (typeof content === 'string') return new TextEncoder().encode(content);
    return content instanceof Uint8Array ? new Uint8Array(content) : new Uint8Array(content);
}

export function formatMailbox(mailbox: Mailbox): string {
    const name = straightName(mailbox.name);
    return name && name !== mailbox.address ? `${name} <${mailbox.address}>` : mailbox.address;
}

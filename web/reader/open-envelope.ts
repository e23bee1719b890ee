// From the ciphertext of an envelope to its message, in the browser. age verifies each 64 KiB
// piece as it comes, but nothing of the message leaves here before the last one has verified.

import { Decrypter } from 'age-encryption';
import { parseMessage, type Message } from '../shared/mail/parse';
import { Problem } from '../shared/problem';

export class Damaged extends Error {
    constructor(reason: unknown) {
        super(`the sealed part cannot be decrypted: ${String(reason)}`);
        this.name = 'Damaged';
    }
}

export interface OpenedEnvelope {
    raw: Uint8Array<ArrayBuffer>;
    message: Message;
    /** False when it is whole but no mail that this page can take apart: then the message is empty. */
    is_readable: boolean;
}

export const max_message_bytes = 256 * 1024 * 1024;

export async function openEnvelope(
    ciphertext: ReadableStream<Uint8Array>,
    identity: string,
    onProgress: (octets: number) => void,
): Promise<OpenedEnvelope> {
    const raw = await decrypt(ciphertext, identity, onProgress);
    const message = await parseMessage(raw).catch(() => null);
    return { raw, message: message ?? { from: [], to: [], cc: [], subject: '', date: null, text: null, html: null, files: [] }, is_readable: message !== null };
}

async function decrypt(ciphertext: ReadableStream<Uint8Array>, identity: string, onProgress: (octets: number) => void) {
    const source = watch(ciphertext, onProgress);
    try {
        const decrypter = new Decrypter();
        decrypter.addIdentity(identity);
        const plain = await decrypter.decrypt(source.stream);
        return await collect(plain);
    } catch (error) {
        throw source.interruption() ?? new Damaged(error);
    }
}

/** Counts what comes. A line that breaks says nothing about the envelope: it is told apart from damage. */
function watch(ciphertext: ReadableStream<Uint8Array>, onProgress: (octets: number) => void) {
    const reader = ciphertext.getReader();
    let octets = 0;
    let interruption: Problem | null = null;
    const stream = new ReadableStream<Uint8Array>({
        async pull(out) {
            const { done, value } = await reader.read().catch((error: unknown) => {
                interruption = new Problem('unreachable', 0, { detail: String(error) });
                throw interruption;
            });
            if (done) return out.close();
            octets += value.length;
            onProgress(octets);
            out.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
    });
    return { stream, interruption: () => interruption };
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    const reader = stream.getReader();
    for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        size += value.length;
        if (size > max_message_bytes) throw new Error('the message is larger than this page can show');
        pieces.push(value);
    }
    const whole = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.length;
    }
    return whole;
}

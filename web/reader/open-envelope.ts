// From the ciphertext of an envelope to its message, in the browser. age verifies each 64 KiB
// piece as it comes, but nothing of the message leaves here before the last one has verified.

import { Decrypter } from 'age-encryption';
import { parseMessage, type Message } from '../shared/mail/parse';

export class Damaged extends Error {
    constructor(reason: unknown) {
        super(`the sealed part cannot be decrypted: ${String(reason)}`);
        this.name = 'Damaged';
    }
}

export interface OpenedEnvelope {
    raw: Uint8Array<ArrayBuffer>;
    message: Message;
}

export const max_message_bytes = 256 * 1024 * 1024;

export async function openEnvelope(
    ciphertext: ReadableStream<Uint8Array>,
    identity: string,
    onProgress: (octets: number) => void,
): Promise<OpenedEnvelope> {
    const raw = await decrypt(ciphertext, identity, onProgress);
    return { raw, message: await parseMessage(raw) };
}

async function decrypt(ciphertext: ReadableStream<Uint8Array>, identity: string, onProgress: (octets: number) => void) {
    try {
        const decrypter = new Decrypter();
        decrypter.addIdentity(identity);
        const plain = await decrypter.decrypt(ciphertext.pipeThrough(counting(onProgress)));
        return await collect(plain);
    } catch (error) {
        throw new Damaged(error);
    }
}

function counting(onProgress: (octets: number) => void): TransformStream<Uint8Array, Uint8Array> {
    let octets = 0;
    return new TransformStream({
        transform(piece, out) {
            octets += piece.length;
            onProgress(octets);
            out.enqueue(piece);
        },
    });
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

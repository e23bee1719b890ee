import { webcrypto } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';

// Whoever comes first loads the modules, which takes long on a machine that builds something else meanwhile.
const patience = 30_000;

// Node 18 keeps WebCrypto out of the global scope, where age-encryption looks for it.
if (!globalThis.crypto) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });

const mail = new TextEncoder().encode(`From: Alice <alice@acme.test>\r\nTo: bob@partner.test\r\nSubject: =?utf-8?Q?R=C3=A9sum=C3=A9?=\r\n\r\n${'Hello Bob. '.repeat(20000)}\r\n`);
let identity = '';
let sealed = new Uint8Array();

beforeAll(async () => {
    const { Encrypter, generateX25519Identity, identityToRecipient } = await import('age-encryption');
    identity = await generateX25519Identity();
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(identity));
    sealed = new Uint8Array(await encrypter.encrypt(mail));
}, patience);

function stream(bytes: Uint8Array): ReadableStream<Uint8Array> {
    return new ReadableStream({
        start(out) {
            for (let at = 0; at < bytes.length; at += 50000) out.enqueue(bytes.slice(at, at + 50000));
            out.close();
        },
    });
}

async function open(bytes: Uint8Array, key = identity) {
    const { openEnvelope } = await import('../reader/open-envelope');
    let seen = 0;
    const opened = await openEnvelope(stream(bytes), key, (octets) => (seen = octets));
    return { ...opened, seen };
}

test('an envelope opens to the very octets that were sealed', async () => {
    const { raw, message, seen } = await open(sealed);
    expect(raw).toEqual(new Uint8Array(mail));
    expect(message.subject).toBe('Résumé');
    expect(seen).toBe(sealed.length);
}, patience);
test('an envelope cut short does not open', async () => {
    await expect(open(sealed.slice(0, -1))).rejects.toThrow('cannot be decrypted');
    await expect(open(sealed.slice(0, sealed.length - (sealed.length % 50000)))).rejects.toThrow('cannot be decrypted');
});
test('one changed bit in the last piece shows nothing of the earlier ones', async () => {
    const spoiled = sealed.slice();
    spoiled[spoiled.length - 3]! ^= 1;
    await expect(open(spoiled)).rejects.toThrow('cannot be decrypted');
});
test('the key of another envelope does not open it', async () => {
    const { generateX25519Identity } = await import('age-encryption');
    await expect(open(sealed, await generateX25519Identity())).rejects.toThrow('cannot be decrypted');
});
test('a line that breaks is no damage', async () => {
    const { openEnvelope } = await import('../reader/open-envelope');
    for (const until of [0, 100, 150_000]) {
        const pieces = [sealed.slice(0, until), null];
        const broken = new ReadableStream<Uint8Array>({
            pull(out) {
                const piece = pieces.shift();
                if (piece) out.enqueue(piece);
                else out.error(new TypeError('network error'));
            },
        });
        await expect(openEnvelope(broken, identity, () => {})).rejects.toMatchObject({ kind: 'unreachable' });
    }
});
test('a message that cannot be taken apart can still be saved', async () => {
    const { Encrypter, identityToRecipient } = await import('age-encryption');
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(identity));
    let deep = 'text';
    for (let level = 60; level > 0; level -= 1) deep = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${deep}\r\n--b${level}--`;
    const { raw, is_readable } = await open(new Uint8Array(await encrypter.encrypt(deep)));
    expect(is_readable).toBe(false);
    expect(new TextDecoder().decode(raw)).toBe(deep);
});

// RFC 6238 as authenticator apps do it, from the key that the page shows.
import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function octetsOf(base32) {
    const bits = [...base32.replace(/\s/g, '')].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('');
    return Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
}

export const stepOf = (time = Date.now()) => Math.floor(time / 30_000);

export function codeOf(key, step = stepOf()) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac('sha1', octetsOf(key)).update(counter).digest();
    const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
}

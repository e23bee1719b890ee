import { afterEach, expect, test, vi } from 'vitest';
import { createPasskey, fromBase64url, hasPasskeys, toBase64url, usePasskey, usesPasskeys } from '../shared/passkeys';

afterEach(() => vi.unstubAllGlobals());

const octets = (...values: number[]) => new Uint8Array(values).buffer;

test('octets go through base64url and back, of every length and with every sign', () => {
    for (let length = 0; length < 70; length += 1) {
        const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + 251) % 256);
        const text = toBase64url(bytes.buffer);
        expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
        expect([...fromBase64url(text)]).toEqual([...bytes]);
    }
    expect(toBase64url(octets(251, 255))).toBe('-_8');
});

test('the browser is given octets, and the service text', async () => {
    const create = vi.fn().mockResolvedValue({ id: 'AQI', type: 'public-key', response: { clientDataJSON: octets(1), attestationObject: octets(2) } });
    const get = vi.fn().mockResolvedValue({ id: 'AQI', type: 'public-key', response: { clientDataJSON: octets(1), authenticatorData: octets(2), signature: octets(3), userHandle: null } });
    vi.stubGlobal('navigator', { credentials: { create, get } });
    const made = await createPasskey({
        rp: { id: 'keys.test', name: 'keys.test' }, user: { id: 'BQ', name: 'bob', displayName: 'bob' }, challenge: 'Bg', pubKeyCredParams: [], timeout: 1,
        excludeCredentials: [{ type: 'public-key', id: 'AQI' }], authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' }, attestation: 'none',
    });
    expect(made).toEqual({ id: 'AQI', type: 'public-key', response: { clientDataJSON: 'AQ', attestationObject: 'Ag' } });
    const asked = create.mock.calls[0]?.[0].publicKey;
    expect([[...asked.challenge], [...asked.user.id], [...asked.excludeCredentials[0].id]]).toEqual([[6], [5], [1, 2]]);
    const used = await usePasskey({ challenge: 'Bg', rpId: 'keys.test', userVerification: 'required', timeout: 1, allowCredentials: [] });
    expect(used.response).toEqual({ clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw' });
});

test('a browser without passkeys is offered none', () => {
    expect(hasPasskeys()).toBe(false);
    expect(usesPasskeys()).toBe(false);
});

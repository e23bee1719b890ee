import { afterEach, expect, test, vi } from 'vitest';
import { ServiceClient } from '../reader/api';
import { isSpoken } from '../shared/language';

afterEach(() => vi.unstubAllGlobals());

test('a right code tells the language of somebody new, where it is known', async () => {
    const sent: unknown[] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'fr' } });
    vi.stubGlobal('fetch', async (_path: string, init: RequestInit) => {
        sent.push(JSON.parse(String(init.body)));
        return new Response('{"person":null}');
    });
    const service = new ServiceClient();
    await service.signInWithCode('c', '12345678', false, 'fr');
    await service.signInWithCode('c', '12345678', true, null);
    expect(sent).toEqual([{ challenge: 'c', code: '12345678', language: 'fr' }, { challenge: 'c', code: '12345678', add: true }]);
});

test('an address that is taken off is named in the path, whatever it is made of', async () => {
    const sent: string[] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
        sent.push(`${init.method} ${path} ${new Headers(init.headers).get('X-CSRF-Token')}`);
        return init.method === 'GET' ? new Response('{"person":null,"csrf":"mine"}') : new Response(null, { status: 204 });
    });
    const service = new ServiceClient();
    await service.session();
    await service.removeAddress('bob/home@partner.test');
    expect(sent[1]).toBe('DELETE /api/v1/me/addresses/bob%2Fhome%40partner.test mine');
});

test('what a page falls back to is spoken by nobody', () => {
    vi.stubGlobal('navigator', { languages: ['de-CH', 'FR-CH'] });
    expect([isSpoken('fr'), isSpoken('en')]).toEqual([true, false]);
});

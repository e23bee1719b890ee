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

test('what a page falls back to is spoken by nobody', () => {
    vi.stubGlobal('navigator', { languages: ['de-CH', 'FR-CH'] });
    expect([isSpoken('fr'), isSpoken('en')]).toEqual([true, false]);
});

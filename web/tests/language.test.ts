import { expect, test } from 'vitest';
import { viewOf } from '../inbox/context';
import { looksLikeDomain } from '../shared/tls/domain-name';
import { digitsOf } from '../reader/code-form';
import { doorOf } from '../reader/reader';
import { formatDate, formatDeadline, formatSize, formatTime, pickLanguage } from '../shared/language';
import { readProblem } from '../shared/problem';

test('a choice wins over the browser, and English over what we do not speak', () => {
    expect(pickLanguage('fr', ['en'])).toBe('fr');
    expect(pickLanguage(null, ['de-CH', 'fr-CH'])).toBe('fr');
    expect(pickLanguage('xx', ['de'])).toBe('en');
});
test('sizes are written in the units of the language', () => {
    expect(formatSize(1536, 'en')).toBe('1.5\u00a0KB');
    expect(formatSize(1536, 'fr')).toBe('1,5\u00a0ko');
    expect([formatSize(1, 'en'), formatSize(2, 'en'), formatSize(1, 'fr')]).toEqual(['1\u00a0byte', '2\u00a0bytes', '1\u00a0o']);
});
test('no date can be read in two ways', () => {
    const time = '2026-11-07T14:05:00';
    expect([formatTime(time, 'en'), formatTime(time, 'fr')]).toEqual(['7 Nov 2026, 14:05', '7 nov. 2026, 14:05']);
    expect([formatDate(time, 'en'), formatDate(time, 'fr')]).toEqual(['7 Nov 2026', '7 nov. 2026']);
    expect(formatTime('2026-11-07T00:05:00', 'en')).toBe('7 Nov 2026, 00:05');
    expect(formatTime('soon', 'en')).toBe('soon');
});
test('a deadline names its zone', () => {
    expect(formatDeadline('2026-11-07T14:05:00', 'en')).toMatch(/^7 Nov 2026, 14:05\u00a0[A-Z][A-Z0-9+−:-]+$/);
    expect(formatDeadline('2026-11-07T14:05:00', 'fr')).toMatch(/^7 nov. 2026, 14:05\u00a0[A-Z][A-Z0-9+−:-]+$/);
    expect(formatDeadline('soon', 'en')).toBe('soon');
});
test('the first of a month is written as French has it', () => {
    expect([1, 11, 21].map((day) => formatDate(`2026-01-${String(day).padStart(2, '0')}T12:00:00`, 'fr'))).toEqual(['1er janv. 2026', '11 janv. 2026', '21 janv. 2026']);
    expect(formatDate('2026-01-01T12:00:00', 'en')).toBe('1 Jan 2026');
});
test('a code may be typed or pasted with spaces', () => expect(digitsOf(' 1234 5678 90')).toBe('12345678'));
test('each door has its path', () => {
    expect([doorOf('/open'), doorOf('/open/'), doorOf('/security'), doorOf('/sent')]).toEqual([{ at: 'drop' }, { at: 'drop' }, { at: 'security' }, { at: 'sent' }]);
    for (const path of ['/open/abc_-9', '/open/abc_-9/']) expect(doorOf(path)).toEqual({ at: 'envelope', ref: 'abc_-9' });
});
test('what a sentence glues to a link is taken off, and what is no link is unknown', () => {
    for (const more of ['.', ',', ')', '%3E', '%C2%BB.', ').', '%E2%80%99']) expect(doorOf(`/open/abc_-9${more}`)).toEqual({ at: 'envelope', ref: 'abc_-9' });
    for (const path of ['/open/a/b', '/open/a%2Fb', '/open/%E0%A4%A', '/open/...', `/open/${'a'.repeat(65)}`, '/open/a.b']) expect(doorOf(path)).toEqual({ at: 'unknown' });
});
test('a path of the demo names its view', () => {
    expect(viewOf('/')).toEqual({ at: 'story' });
    expect(viewOf('/mail/bob%40partner.test/7')).toEqual({ at: 'message', address: 'bob@partner.test', n: 7 });
});
test('a domain has at least two labels and no address sign', () => {
    expect(looksLikeDomain('acme.test')).toBe(true);
    expect(looksLikeDomain('acme')).toBe(false);
    expect(looksLikeDomain('bob@acme.test')).toBe(false);
});
test('a problem is named by its type, or by its status when it has none', async () => {
    const typed = await readProblem(new Response('{"type":"urn:sealpost:problem:wrong-code","tries_left":3}', { status: 403 }));
    expect([typed.kind, typed.number('tries_left')]).toEqual(['wrong-code', 3]);
    const bare = await readProblem(new Response('<html>', { status: 429, headers: { 'Retry-After': '30' } }));
    expect([bare.kind, bare.number('retry_after')]).toEqual(['too-many-requests', 30]);
});

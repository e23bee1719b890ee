import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { french_causes, french_fates, french_stages, sayVerdict } from '../portal/policy/verdict-words';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const ruling = read('src/core/policy/ruling.cpp');
const list = (source: string, pattern: RegExp) => [...source.matchAll(pattern)].map(([, word = '']) => word).sort();

test('French has words for all that a verdict is made of, and for nothing else', () => {
    const causes = list(ruling.split('format_cause(Cause cause)\n')[1]?.split('\n}')[0] ?? '', /return "([^"]+)"/g);
    expect(causes.length).toBeGreaterThan(20);
    expect(Object.keys(french_causes).sort()).toEqual(causes);
    expect(Object.keys(french_stages).sort()).toEqual(list(ruling, /\{Stage::\w+, "(\w+)"\}/g));
    expect(Object.keys(french_fates).sort()).toEqual(list(read('src/core/traffic/play.cpp'), /return[^;]*?", (\w[^"]*)"/g));
});
test('a verdict is said in the language of the page, its code as it was', () => {
    expect(sayVerdict('530 TLS required', 'en')).toBe('530 TLS required');
    expect(sayVerdict('530 TLS required', 'fr')).toBe('530 TLS obligatoire');
    expect(sayVerdict('accepted', 'fr')).toBe('accepté');
    expect(sayVerdict('connection reset', 'fr')).toBe('connexion coupée');
    expect(sayVerdict('accepted, sealed unless TLS, suspended', 'fr')).toBe('accepté, scellé sauf TLS, suspendu');
    expect(sayVerdict('452 refused at RCPT', 'fr')).toBe('452 refusé à RCPT');
    expect(sayVerdict('450 refused at end', 'fr')).toBe('450 refusé à la fin du message');
});
test('what nobody foresaw is shown as it is', () => {
    expect(sayVerdict('599 of tomorrow', 'fr')).toBe('599 of tomorrow');
    expect(sayVerdict('constructor', 'fr')).toBe('constructor');
    expect(sayVerdict('', 'fr')).toBe('');
});

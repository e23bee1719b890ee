import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { certificate_words, nameUser } from '../portal/certificates/words';
import { setApart } from '../shared/french';
import { lookOfSts } from '../shared/tls/extras';
import { chain_verdicts, host_verdicts } from '../shared/tls/facts';
import { tls_words } from '../shared/tls/words';

const source = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** The verdicts as the program names them. */
function readVerdicts(): string[] {
    const body = /enum class TlsVerdict \{([^}]+)\}/.exec(source('src/wire/route/tls_verdict.hpp'))?.[1] ?? '';
    return [...body.replace(/\/\/.*$/gm, '').matchAll(/\w+/g)].map(([name]) => name);
}

test('the pages know every verdict of the program, and those that are about to come', () => {
    expect(readVerdicts().length).toBeGreaterThan(14);
    expect([...host_verdicts].sort()).toEqual([...new Set([...readVerdicts(), 'revoked', 'dane_mismatch'])].sort());
});
test('the pages know every verdict about a chain', () => {
    const text = source('doc/spec/certificates-api.md');
    const listed = text.slice(text.indexOf('`verdict` is `ok`'), text.indexOf('`fix` a sentence'));
    const names = [...listed.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).filter((name) => name !== 'verdict');
    expect([...chain_verdicts].sort()).toEqual(names.sort());
});
test('every verdict has words of its own in both languages', () => {
    for (const words of [tls_words.en.verdicts, tls_words.fr.verdicts]) {
        const said = [...new Set([...host_verdicts, ...chain_verdicts, 'no_certificate' as const])].map((verdict) => words[verdict]);
        expect(said.every((text) => text.length > 3)).toBe(true);
        expect(new Set(said).size).toBe(said.length);
    }
});
test('French counts none and one in the singular', () => {
    expect([0, 1, 3].map((count) => tls_words.fr.progress(count, 4))).toEqual(['0 adresse sur 4', '1 adresse sur 4', '3 adresses sur 4']);
    expect(tls_words.fr.test_not_ready(1, 2)).toContain('1 adresse sur 2 ne peut pas');
});
test('a policy that is being tested is neither in order nor out of order', () => {
    expect((['ok', 'problem'] as const).map((status) => lookOfSts({ status, mode: 'testing' }))).toEqual(['warn', 'warn']);
    expect((['none', 'ok', 'problem'] as const).map((status) => lookOfSts({ status, mode: 'enforce' }))).toEqual(['none', 'good', 'bad']);
    expect(lookOfSts({ status: 'problem', mode: null })).toBe('bad');
});
test('no line breaks between a French verb and its pronoun, and other hyphens stay', () => {
    expect(setApart('Pourquoi est-il ? Comment le prouvez-vous ?')).toBe('Pourquoi est\u2011il\u00a0? Comment le prouvez\u2011vous\u00a0?');
    expect(setApart('Envoyez-moi celui-ci, vous-même ; est-certain')).toBe('Envoyez-moi celui-ci, vous-même\u00a0; est-certain');
});
test('what shows a certificate is named in the language of the page', () => {
    const users = ['listener public', 'service', 'admin'];
    expect(users.map((one) => nameUser(one, certificate_words.en))).toEqual(['listener public', 'envelope service', 'administration pages']);
    expect(users.map((one) => nameUser(one, certificate_words.fr))).toEqual(['écouteur public', 'service de plis', 'pages d’administration']);
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { french_findings, sayFinding, sayProblem } from '../portal/policy/finding-words';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every say("code", "English") of the program; literals that stand side by side are joined as the compiler joins them. */
function readSayings(): Map<string, string> {
    const said = new Map<string, string>();
    const files = execFileSync('grep', ['-rlE', '\\bsay\\(', 'src', '--include=*.cpp'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
    for (const file of files) {
        const source = readFileSync(`${root}/${file}`, 'utf8').replace(/"\s*\n\s*"/g, '');
        for (const [, code, english] of source.matchAll(/\bsay\(\s*"([a-z0-9_]+)",\s*"((?:[^"\\]|\\.)*)"/g)) {
            expect(said.get(code!) ?? english, `${code} says two things`).toBe(english);
            said.set(code!, english!);
        }
    }
    return said;
}

const names = (text: string) => [...new Set([...text.matchAll(/\{([a-z0-9_]+)\}/g)].map((one) => one[1]))].sort();
const said = readSayings();

test('every sentence about a policy has its French, and no French is of none', () => {
    expect(said.size).toBeGreaterThan(150);
    expect(Object.keys(french_findings).sort()).toEqual([...said.keys()].sort());
});
test('French fills in what the program gives', () => {
    for (const [code, english] of said) {
        // A type is worded by the code alone.
        const wanted = names(english).filter((name) => !(code.startsWith('must_be_') && name === 'is'));
        expect(names(french_findings[code] ?? ''), code).toEqual(wanted);
    }
});
test('a finding is worded in the language of the page, its facts as they were written', () => {
    const problem = { what: '"a ?" is out of range', what_code: 'out_of_range', what_facts: { value: '"a ?"' }, hint: 'did you mean b?', hint_code: 'did_you_mean', hint_facts: { word: 'b' } };
    expect(sayProblem(problem, 'en')).toBe('"a ?" is out of range — did you mean b?');
    expect(sayProblem(problem, 'fr')).toBe('"a ?" est hors des limites — vouliez\u2011vous dire b\u00a0?');
});
test('what this page has no words for is shown in English and marked so', () => {
    expect(sayFinding({ text: 'something new', code: 'of_tomorrow', facts: {} }, 'fr')).toEqual({ text: 'something new', language: 'en' });
    expect(sayFinding({ text: 'plain' }, 'fr')).toEqual({ text: 'plain', language: 'en' });
    expect(sayFinding({ text: 'x', code: 'constructor' }, 'fr').language).toBe('en');
});

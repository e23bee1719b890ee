import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

type Fixes = Record<'en' | 'fr', Record<string, string>>;

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** All that a source file says, literals that stand side by side joined as the compiler joins them. */
function sayings(path: string): string {
    return readFileSync(at(path), 'utf8').replace(/"\s*\n\s*"/g, '').replace(/\\"/g, '"');
}

/** The mocks lie outside what may be imported here: node itself reads them. */
function wordsOf(mock: string, table: string): Fixes {
    const print = `console.log(JSON.stringify((await import(${JSON.stringify(pathToFileURL(at(`tests/browser/mock/${mock}.mjs`)))})).${table}))`;
    return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', print], { encoding: 'utf8' })) as Fixes;
}

/** The names in a sentence are the mock's own: what stands between them must be the program's. */
const own = /CN=Trusty Issuing CA 3, O=Trusty|http:\/\/crt\.trusty\.test\/issuing3\.crt|keys\.test|acme\.test|v=spf1 [^,]*-all|CRES|4 (?=ad)| (?=It can|Il se)|, TLSv1\.3/;

function expectSaid(words: Fixes, said: string) {
    for (const sentences of [words.en, words.fr]) {
        expect(Object.keys(sentences).length).toBeGreaterThan(4);
        const parts = Object.values(sentences).flatMap((sentence) => sentence.split(own)).filter((one) => one.length > 1);
        expect(parts.filter((one) => !said.includes(one))).toEqual([]);
    }
}

test('the mock of tests says what the program says', () => {
    expectSaid(wordsOf('domain-tests', 'fixes'), sayings('src/wire/route/tls_verdict.cpp'));
});
test('the mock of certificates says what the program says', () => {
    expectSaid(wordsOf('certificates', 'fixes'), sayings('src/core/certificates/finding.cpp'));
});
test('the mock of the doctor says what the program says', () => {
    const rooms = ['serve/doctor/hosts', 'serve/doctor/senders', 'serve/doctor/coverage', 'wire/route/tls_verdict'];
    expectSaid(wordsOf('doctor', 'words'), rooms.map((one) => sayings(`src/${one}.cpp`)).join('\n'));
});

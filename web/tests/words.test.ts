import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const folders = ['inbox', 'portal', 'reader', 'shared', 'tls'];

/** Every file of sentences, by its name. */
const files = folders.flatMap((folder) => (readdirSync(`${root}${folder}`, { recursive: true }) as string[])
    .map((name) => `${folder}/${name}`).filter((name) => /words\.ts$/.test(name) || /\/key-words\/\w+\.ts$/.test(name)));

interface Table {
    en: object;
    fr: object;
}
const isTable = (one: unknown): one is Table => typeof one === 'object' && one !== null && 'en' in one && 'fr' in one;

/** The path of each sentence in a table, with what it is. */
function list(table: unknown, path = ''): string[] {
    if (typeof table !== 'object' || table === null) return [`${path}: ${typeof table}${table === '' ? ', empty' : ''}`];
    return Object.entries(table).flatMap(([name, one]) => list(one, `${path}/${name}`)).sort();
}

test('whatever is said in English is said in French, in the lists that the compiler does not hold together, too', async () => {
    let tables = 0;
    for (const file of files) {
        const module = (await import(/* @vite-ignore */ pathToFileURL(root + file).href)) as Record<string, unknown>;
        for (const table of Object.values(module).filter(isTable)) {
            tables += 1;
            const french = new Set(list(table.fr));
            expect(list(table.en).filter((one) => !french.has(one)), file).toEqual([]);
        }
    }
    expect(tables).toBeGreaterThan(14);
});

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const folders = ['inbox', 'portal', 'reader', 'shared', 'tls'];

const sources = folders.flatMap((folder) => (readdirSync(`${root}${folder}`, { recursive: true }) as string[])
    .map((name) => `${folder}/${name}`).filter((name) => /\.tsx?$/.test(name)));

/** Every file of sentences, by its name. */
const files = sources.filter((name) => /words\.ts$/.test(name) || /\/key-words\/\w+\.ts$/.test(name));

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

test('every sentence is said somewhere', async () => {
    const used = new Set(sources.flatMap((name) => {
        const text = readFileSync(root + name, 'utf8');
        const behind_tables = text.indexOf('\n};', text.indexOf('const fr'));
        return (files.includes(name) ? text.slice(behind_tables) : text).match(/\w+/g) ?? [];
    }));
    // The story of the demo makes these names of its steps.
    const nameUse = (name: string, file: string) => (file === 'inbox/words.ts' ? name.replace(/_(title|go)$/, '') : name);
    for (const file of files) {
        const module = (await import(/* @vite-ignore */ pathToFileURL(root + file).href)) as Record<string, unknown>;
        for (const table of Object.values(module).filter(isTable))
            expect(Object.keys(table.en).filter((name) => !used.has(nameUse(name, file))), file).toEqual([]);
    }
});

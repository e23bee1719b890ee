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

/** Nothing where it wants something else than a number or a text. */
function call(make: (...given: unknown[]) => unknown, given: number): unknown {
    try {
        return make(given, given, given);
    } catch {
        return null;
    }
}

/** What each sentence comes to, those that functions make, too. */
function sayAll(table: unknown, path = ''): [path: string, text: string][] {
    if (typeof table === 'string') return [[path, table]];
    if (typeof table === 'function') return [0, 1, 7, 420].flatMap((count) => sayAll(call(table as (...given: unknown[]) => unknown, count), `${path}(${count})`));
    if (typeof table !== 'object' || table === null) return [];
    return Object.entries(table).flatMap(([name, one]) => sayAll(one, `${path}/${name}`));
}

test('the French of recipients breaks no line in front of its signs', async () => {
    let sentences = 0;
    for (const file of files.filter((name) => /^(reader|shared)\//.test(name))) {
        const module = (await import(/* @vite-ignore */ pathToFileURL(root + file).href)) as Record<string, unknown>;
        for (const said of Object.values(module).filter(isTable).flatMap((table) => sayAll(table.fr))) {
            sentences += 1;
            expect(said[1], `${file} ${said[0]}`).not.toMatch(/ [:;?!»%]|« /);
        }
    }
    expect(sentences).toBeGreaterThan(300);
});

test('a single second is one', async () => {
    const { shared_words } = await import('../shared/words');
    expect([shared_words.en.too_many(1), shared_words.fr.too_many(1)]).toEqual([expect.stringContaining('a second,'), expect.stringContaining('une seconde,')]);
    expect([shared_words.en.too_many(2), shared_words.fr.too_many(2)]).toEqual([expect.stringContaining('2 seconds'), expect.stringContaining('2 secondes')]);
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

import { expect, test } from 'vitest';
import { askForRows, type Page } from '../shared/use-pages';

/** Pages 1, 2, … as given; what was asked for is kept. */
function book(...pages: string[][]) {
    const asked: number[] = [];
    const ask = async (page: number): Promise<Page<string>> => {
        asked.push(page);
        return { rows: pages[page - 1] ?? [], next: page < pages.length ? page + 1 : null };
    };
    return { asked, ask };
}

test('a page with rows is one question', async () => {
    const { asked, ask } = book(['a'], ['b']);
    expect(await askForRows(ask, 1, () => true)).toEqual({ rows: ['a'], next: 2 });
    expect(asked).toEqual([1]);
});

test('an empty page that leads on is followed to the next rows', async () => {
    const { asked, ask } = book([], [], ['c'], ['d']);
    expect(await askForRows(ask, 1, () => true)).toEqual({ rows: ['c'], next: 4 });
    expect(asked).toEqual([1, 2, 3]);
});

test('nothing at all comes to its end', async () => {
    const { ask } = book([], []);
    expect(await askForRows(ask, 1, () => true)).toEqual({ rows: [], next: null });
});

test('a long stretch of empty pages is left to the person after ten', async () => {
    const { asked, ask } = book(...Array.from({ length: 30 }, () => []), ['z']);
    expect(await askForRows(ask, 5, () => true)).toEqual({ rows: [], next: 15 });
    expect(asked.length).toBe(10);
});

test('nothing more is asked for when something else was asked meanwhile', async () => {
    const { asked, ask } = book([], [], ['c']);
    await askForRows(ask, 1, () => asked.length < 2);
    expect(asked).toEqual([1, 2]);
});

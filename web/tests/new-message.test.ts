import { afterEach, expect, test, vi } from 'vitest';
import { ServiceClient } from '../reader/api';
import { findToFault } from '../reader/compose-to';
import { compose_words } from '../reader/compose-words';
import { addAddress, recipientOf, suggest } from '../reader/correspondents';
import { doorOf } from '../reader/reader';
import { findContentFault, nameSome } from '../reader/reply-fields';

const people = ['alice', 'albert', 'carol', 'dave', 'eve', 'frank', 'grace', 'heidi'].map((name) => ({ address: `${name}@acme.test`, name: `${name} of Acme` }));
const addressesOf = (text: string) => suggest(people, text).shown.map(({ address }) => address);

afterEach(() => vi.unstubAllGlobals());

test('the page has its door', () => expect(doorOf('/compose')).toEqual({ at: 'compose' }));

test('a link names one whole address, and nothing else of it is taken', () => {
    expect(recipientOf('?to=alice@acme.test')).toBe('alice@acme.test');
    expect(recipientOf('?to=alice%40acme.test&subject=Hello&text=x')).toBe('alice@acme.test');
    for (const query of ['', '?to=', '?to=alice', '?to=alice@acme.test,bob@acme.test', '?to=alice@acme.test%0Abob@acme.test', '?to=%3Cscript%3E@acme.test', '?to=%22a,b%22@acme.test',
        `?to=${'a'.repeat(300)}@acme.test`, '?subject=alice@acme.test', '?to=%E0%A4%A'])
        expect(recipientOf(query), query).toBe('');
});

test('those who have written are offered, a few at once, and found by name or address', () => {
    expect(suggest(people, '')).toEqual({ shown: people.slice(0, 6), more: 2 });
    expect(addressesOf('AL')).toEqual(['alice@acme.test', 'albert@acme.test']);
    expect(addressesOf('grace of')).toEqual(['grace@acme.test']);
    expect(addressesOf('alice@acme.test, he')).toEqual(['heidi@acme.test']);
    expect(addressesOf('Alice@Acme.test, al')).toEqual(['albert@acme.test']);
    expect(addressesOf('zoe')).toEqual([]);
});

test('behind a whole address the others are offered, too', () => {
    expect(addressesOf('alice@acme.test')).not.toContain('alice@acme.test');
    expect(suggest(people, 'alice@acme.test').more).toBe(1);
    expect(suggest([], 'al')).toEqual({ shown: [], more: 0 });
});

test('who is added takes the place of what was typed to find them, and of nothing else', () => {
    expect(addAddress('', 'alice@acme.test')).toBe('alice@acme.test, ');
    expect(addAddress('al', 'alice@acme.test')).toBe('alice@acme.test, ');
    expect(addAddress('alice@ac', 'alice@acme.test')).toBe('alice@acme.test, ');
    expect(addAddress('bob@x.test', 'alice@acme.test')).toBe('bob@x.test, alice@acme.test, ');
    expect(addAddress('bob@x.test, al', 'alice@acme.test')).toBe('bob@x.test, alice@acme.test, ');
    expect(addAddress('bob@x.test;carol@x.test al', 'alice@acme.test')).toBe('bob@x.test, carol@x.test, alice@acme.test, ');
    expect(addAddress('bob@x.test, ', 'alice@acme.test')).toBe('bob@x.test, alice@acme.test, ');
});

test('what is wrong with the addresses is found before anything is sent', () => {
    expect(findToFault('alice@acme.test, bob@acme.test, ')).toBeNull();
    expect(findToFault(' , ')).toEqual({ kind: 'bad', named: [] });
    expect(findToFault('alice@acme.test, bob, @x')).toEqual({ kind: 'bad', named: ['bob', '@x'] });
    const many = (count: number) => Array.from({ length: count }, (_, at) => `a${at}@acme.test`).join();
    expect([findToFault(many(20)), findToFault(many(21))?.kind]).toEqual([null, 'many']);
});

test('a message has a text or a file, and no more than the service takes', () => {
    const file = (size: number) => ({ size }) as File;
    expect(findContentFault(' \n', [])).toBe('text');
    expect([findContentFault('a', []), findContentFault('', [file(1)])]).toEqual([null, null]);
    expect(findContentFault('é'.repeat(524_289), [])).toBe('long');
    expect([findContentFault('a', [file(64 << 20)]), findContentFault('a', [file(64 << 20), file(1)])]).toEqual([null, 'size']);
});

test('addresses out of reach are named, each of them', () => {
    const named = ['dave@elsewhere.test', 'eve@nowhere.test'];
    for (const language of ['en', 'fr'] as const)
        for (const address of named) expect(compose_words[language].not_reachable(named.join(', '))).toContain(address);
    expect(nameSome(['a', 'b', 'c', 'd', 'e', 'f'])).toEqual(['a, b, c, d, e', 1]);
});

test('a code is asked for an envelope or to begin a message, and a message is posted with its order in front', async () => {
    const calls: [string, RequestInit][] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
        calls.push([path, init]);
        return Promise.resolve(new Response('{}', { status: 202 }));
    });
    const client = new ServiceClient();
    await client.requestCode('bob@partner.test', null, 'fr');
    await client.requestCode('bob@partner.test', 'abc', 'en');
    expect(calls.map(([, { body }]) => JSON.parse(body as string) as unknown)).toEqual([
        { address: 'bob@partner.test', language: 'fr', compose: true }, { address: 'bob@partner.test', language: 'en', ref: 'abc' },
    ]);
    const order = { from: 'bob@partner.test', to: ['alice@acme.test'], subject: 'Hello', text: 'A text.' };
    await client.beginMessage('key-1', order, [new File(['x'], 'x.txt')]);
    const [path, init] = calls.at(-1) ?? ['', {}];
    expect([path, init.method, new Headers(init.headers).get('Idempotency-Key')]).toEqual(['/api/v1/messages', 'POST', '"key-1"']);
    const entries = [...(init.body as FormData).entries()];
    expect(entries.map(([name]) => name)).toEqual(['message', 'attachment']);
    expect(JSON.parse(entries[0]?.[1] as string)).toEqual(order);
});

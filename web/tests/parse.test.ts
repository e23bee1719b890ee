import { expect, test } from 'vitest';
import { parseMessage } from '../shared/mail/parse';

interface Part {
    head: string[];
    body: string;
}

const part = (type: string, body: string, ...more: string[]): Part => ({ head: [`Content-Type: ${type}`, ...more], body });
const write = ({ head, body }: Part) => [...head, '', body].join('\r\n');

function multi(kind: string, ...parts: Part[]): Part {
    const boundary = `b${Math.random().toString(36).slice(2)}`;
    return part(`multipart/${kind}; boundary=${boundary}`, [...parts.flatMap((one) => [`--${boundary}`, write(one)]), `--${boundary}--`, ''].join('\r\n'));
}

const parse = (message: Part) => parseMessage(new TextEncoder().encode(write(message)));

const text = part('text/plain', 'Hello Bob.');
const html = part('text/html', '<p>Hello Bob.</p>');
const notes = part('text/plain; name=notes.txt', 'Buy milk.', 'Content-Disposition: inline; filename=notes.txt');

test('a text file behind the text is a file, whatever it calls itself', async () => {
    const report = part('text/html; name=report.html', '<h1>Report</h1>');
    const { text: shown, html: framed, files } = await parse(multi('mixed', text, notes, report));
    expect(shown?.trimEnd()).toBe('Hello Bob.');
    expect(framed).toBeNull();
    expect(files.map((file) => [file.name, new TextDecoder().decode(file.bytes).trimEnd()])).toEqual([['notes.txt', 'Buy milk.'], ['report.html', '<h1>Report</h1>']]);
});
test('so it is in the form that Apple Mail writes', async () => {
    const { text: shown, html: framed, files } = await parse(multi('alternative', text, multi('mixed', html, notes, part('text/html', '<p>Bye</p>'))));
    expect([shown, framed].map((one) => /milk/.test(one ?? ''))).toEqual([false, false]);
    expect(framed).toContain('Bye');
    expect(files.map((file) => file.name)).toEqual(['notes.txt']);
});
test('the text itself may have a name', async () => {
    const named = part('text/plain; name=body.txt', 'Hello Bob.');
    const rich = part('text/html; name=body.html', '<p>Hello Bob.</p>');
    for (const message of [named, multi('mixed', named), multi('alternative', named, rich), multi('mixed', multi('alternative', named, multi('related', rich)), notes)]) {
        const { text: shown, files } = await parse(message);
        expect(shown?.trimEnd()).toBe('Hello Bob.');
        expect(files.map((file) => file.name).filter((name) => name !== 'notes.txt')).toEqual([]);
    }
    const picture = part('image/png; name=a.png', 'x', 'Content-Disposition: inline');
    expect((await parse(multi('mixed', picture, notes))).text?.trimEnd()).toBe('Buy milk.');
});
test('texts without a name, such as the foot that a list adds, belong to the text', async () => {
    const { text: shown, files } = await parse(multi('mixed', text, part('text/plain', 'The list')));
    expect(shown).toContain('The list');
    expect(files).toEqual([]);
});

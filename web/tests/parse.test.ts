import { expect, test } from 'vitest';
import { parseMessage } from '../shared/mail/parse';
import { hasUnreadText } from '../shared/mail/unread';

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
const namesOf = async (...parts: Part[]) => (await parse(multi('mixed', text, ...parts))).files.map((file) => file.name);

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

test('an invitation without a name gets one that a calendar opens', async () => {
    const invitation = part('text/calendar; method=REQUEST; charset=utf-8', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR');
    expect((await parse(multi('alternative', text, html, invitation))).files.map((file) => file.name)).toEqual(['invitation.ics']);
});
test('a file without a name, or whose name has no ending, gets the ending of its type', async () => {
    const file = (type: string) => part(type, 'x', 'Content-Disposition: attachment');
    expect(await namesOf(file('application/pdf'), file('image/jpeg'), file('message/delivery-status'), file('application/octet-stream')))
        .toEqual(['attachment-1.pdf', 'attachment-2.jpg', 'attachment-3.txt', 'attachment-4']);
    expect(await namesOf(file('application/pdf; name="Contract v1.2"'), file('application/pdf; name="Offer.PDF"'), file('application/pdf; name="offer.p7m"'), file('application/x-own; name=offer')))
        .toEqual(['Contract v1.2.pdf', 'Offer.PDF', 'offer.p7m', 'offer']);
});
test('a message within is always saved as one', async () => {
    const inner = (name: string) => part(`message/rfc822${name}`, write(text), 'Content-Disposition: attachment');
    expect(await namesOf(inner(''), inner('; name="About www.acme.test"'), inner('; name="Contract.EML"')))
        .toEqual(['attachment-1.eml', 'About www.acme.test.eml', 'Contract.EML']);
});
test('an ending is kept, however long the name', async () => {
    const [name] = await namesOf(part(`application/pdf; name="${'a'.repeat(300)}"`, 'x', 'Content-Disposition: attachment'));
    expect(name).toMatch(/^a+\.pdf$/);
});

test('a text that only another program can read is no missing text', async () => {
    const file = (type: string, name = 'x') => part(`${type}; name="${name}"`, 'x', 'Content-Disposition: attachment');
    const opaque = part('application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m', 'x');
    for (const message of [opaque, multi('encrypted', part('application/pgp-encrypted', 'Version: 1'), file('application/octet-stream')),
        multi('mixed', part('text/plain', '\r\n'), file('application/ms-tnef')), multi('mixed', file('application/octet-stream', 'winmail.dat'))])
        expect(hasUnreadText(await parse(message))).toBe(true);
    for (const message of [text, part('text/plain', ''), multi('mixed', text, file('application/ms-tnef')), multi('mixed', html, file('application/pkcs7-mime')), multi('signed', text, file('application/pkcs7-signature'))])
        expect(hasUnreadText(await parse(message))).toBe(false);
});

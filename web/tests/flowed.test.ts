import { expect, test } from 'vitest';
import { joinFlowed } from '../shared/mail/flowed';
import { parseMessage } from '../shared/mail/parse';

const join = (...lines: string[]) => joinFlowed(lines.join('\r\n'), false);

test('flowed lines become one paragraph, fixed ones stay apart', () => {
    expect(join('The first line ', 'goes on here.', 'A new one.', '', 'And another.')).toBe('The first line goes on here.\nA new one.\n\nAnd another.');
});
test('quoted lines join without their marks, each depth for itself', () => {
    expect(join('> the first line of the quote ', '> and the second', '>> an older ', '>> one', '', 'My answer.')).toBe('> the first line of the quote and the second\n>> an older one\n\nMy answer.');
});
test('a paragraph ends where the depth changes, flowed or not', () => {
    expect(join('> what she wrote ', 'what I wrote ', '> and she again')).toBe('> what she wrote \nwhat I wrote \n> and she again');
});
test('a stuffed space is taken away, and only one', () => {
    expect(join(' From here', '  indented', ' > no quote', '>  quoted and indented', '> > two signs of one depth')).toBe('From here\n indented\n> no quote\n>  quoted and indented\n> > two signs of one depth');
});
test('a line of nothing but a stuffed space is an empty one', () => expect(join('a', ' ', 'b')).toBe('a\n\nb'));
test('the line before a signature joins nothing', () => {
    expect(join('Bye ', '-- ', 'Alice ', 'Acme')).toBe('Bye \n-- \nAlice Acme');
    expect(join('> Bye ', '> -- ', '> Alice')).toBe('> Bye \n> -- \n> Alice');
});
test('with DelSp the space at which a line was broken goes', () => {
    expect(joinFlowed('Donaudampf \r\nschifffahrt  \r\nis long', true)).toBe('Donaudampfschifffahrt is long');
    expect(joinFlowed('> a \n> b', true)).toBe('> ab');
});
test('an empty quoted line keeps its mark', () => expect(join('> a', '>', '> b')).toBe('> a\n>\n> b'));
test('megabytes of short lines take no time', () => {
    for (const line of [' \n', 'a \n', '> a \n', '-- \n', '>\n', `${'>'.repeat(900)} \n`]) {
        const text = line.repeat(Math.ceil((4 * 1024 * 1024) / line.length));
        expect(joinFlowed(text, false).length).toBeLessThan(text.length + text.length / 2);
    }
    expect(joinFlowed('>'.repeat(4 * 1024 * 1024), false)).toHaveLength(4 * 1024 * 1024);
}, 60_000);

const parse = (lines: string[]) => parseMessage(new TextEncoder().encode(lines.join('\r\n')));

test('a message is read so, in quoted-printable and as an inner message, too', async () => {
    const flowed = ['Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes', 'Content-Transfer-Encoding: quoted-printable', '', '> caf=C3=A9 =', '', '> au lait', 'Bien s=C3=BBr'];
    expect((await parse(flowed)).text?.trimEnd()).toBe('> caféau lait\nBien sûr');
    const inner = ['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: message/rfc822', 'Content-Disposition: inline', '', ...flowed, '--b--', ''];
    expect((await parse(inner)).text).toContain('> caféau lait\nBien sûr');
});
test('what is not text/plain keeps its lines', async () => {
    expect((await parse(['Content-Type: text/html; format=flowed', '', '<pre>', ' a ', '> b</pre>'])).html?.trimEnd()).toBe('<pre>\n a \n> b</pre>');
});
test('a message of many flowed lines is read in no time', async () => {
    expect((await parse(['Content-Type: text/plain; format=flowed', '', 'a \r\n'.repeat(150_000)])).text).toHaveLength(300_000);
}, 60_000);

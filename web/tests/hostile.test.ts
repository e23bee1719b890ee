// Messages that nobody would write, made at random from a fixed seed: whatever they are, what is read of them keeps its promises.
// What DOMPurify makes of such HTML is looked at where there is a document for it: tests/browser/message.mjs.

import { expect, test } from 'vitest';
import { attachmentsOf, composeFrame, hasRemoteContent, inlinePictures, isTooDeep, textOf } from '../shared/mail/frame';
import { lookOf } from '../shared/mail/look';
import { formatMailbox, parseMessage, type Message } from '../shared/mail/parse';
import { hasUnreadText } from '../shared/mail/unread';

const cases = 200;
const max_open_elements = 2000;

class Dice {
    constructor(private state: number) {}

    /** 0 to `most` - 1: mulberry32. */
    below(most: number): number {
        this.state = (this.state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
    }

    one<T>(of: readonly T[]): T {
        return of[this.below(of.length)] as T;
    }

    some<T>(most: number, make: () => T): T[] {
        return Array.from({ length: this.below(most + 1) }, make);
    }
}

const words = ['', 'a', 'Total', '\u202egpj.exe', '\u05e9\u05dc\u05d5\u05dd', '&lt;b&gt;', '&#60;script&#62;', '\0', '--', '<!--', '-->', '<![CDATA[', ']]>', '<', '>', '"', '\'', '=?utf-8?q?=', '\ufffe'];
const names = ['div', 'p', 'b', 'table', 'tr', 'td', 'img', 'a', 'br', 'script', 'svg', 'math', 'style', 'template', 'x:y', 'DIV', 'form', 'select', 'noscript', 'body', 'html'];
const attributes = ['src=cid:logo@acme', 'src="cid:logo%40acme"', 'src=\'cid:%\'', 'src="https://t.example.org/x"', 'style="background:url(//t.example.org)"', 'onerror=alert(1)',
    'href="javascript:alert(1)"', 'dir=rtl', 'dir="rtl\n"', 'lang="fr\u0000"', 'lang=x"y', 'bgcolor=#123', 'text="rgb(1,2,999)"', 'style="color:', 'background', '/', '='];

function makeHtml(dice: Dice, depth: number): string {
    const name = dice.one(names);
    const opened = `<${name}${dice.some(2, () => ` ${dice.one(attributes)}`).join('')}${dice.one(['>', '>', '>', '/>', ' ', ''])}`;
    const inner = depth > 0 ? dice.some(3, () => makeHtml(dice, depth - 1)).join(dice.one(words)) : dice.one(words);
    return opened + inner + dice.one([`</${name}>`, `</${name}>`, '', '</', '</b>']);
}

const types = ['text/plain', 'text/html', 'text/html; charset=x-none', 'text/plain; charset=utf-16; format=flowed', 'text/calendar; method=REQUEST', 'image/png', 'application/ms-tnef', 'message/rfc822',
    'message/delivery-status', 'multipart/mixed', 'text/plain; name*0*=utf-8\'\'%e2%80%ae; name*2=b', 'a/b/c', ';', '', 'TEXT/HTML; CHARSET="'];
const heads = ['Content-ID: <logo@acme>', 'Content-Disposition: attachment; filename="../../con.exe"', 'Content-Disposition: inline; filename=a\u0000b', 'Content-Disposition: attachment; filename*=utf-8\'\'%',
    `Content-Disposition: attachment; filename="${'\u202ea'.repeat(200)}"`, 'Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable', 'Content-Transfer-Encoding: x', 'Subject: =?utf-8?b?4oCu?= x',
    'From: "\u202eecila" <alice@acme.test>', 'From: a: b: c: <x@acme.test>, ;;', 'To: (((((', 'Cc: =?x?q?=, <', 'Date: never', ': none', 'no field', ' folded', 'Subject:'];

function makeEntity(dice: Dice, depth: number): string {
    const fields = dice.some(4, () => dice.one(heads));
    if (depth > 0 && dice.below(3) > 0) {
        // Those within may have the boundary of those around them.
        const boundary = dice.one(['b', 'b', 'bb', '', `b${depth}`]);
        const parts = dice.some(4, () => `--${boundary}\r\n${makeEntity(dice, depth - 1)}\r\n`);
        fields.push(`Content-Type: multipart/${dice.one(['mixed', 'alternative', 'related', 'digest', 'signed', ''])}; boundary=${dice.one([boundary, `"${boundary}"`, `"${boundary}`])}`);
        return [...fields, '', parts.join('') + dice.one([`--${boundary}--`, '--', ''])].join('\r\n');
    }
    const body = dice.one([() => makeHtml(dice, 4), () => dice.one(words), () => 'QUJD=ZZ', () => '=3', () => makeEntity(dice, Math.max(depth - 1, 0))])();
    return [...fields, `Content-Type: ${dice.one(types)}`, dice.one(['', '', 'x']), body].join(dice.one(['\r\n', '\r\n', '\n']));
}

/** Cut, and octets changed in it. */
function damage(dice: Dice, text: string): Uint8Array<ArrayBuffer> {
    const raw = new TextEncoder().encode(text);
    for (let count = dice.below(4); count > 0 && raw.length > 0; count -= 1) raw[dice.below(raw.length)] = dice.below(256);
    return dice.below(4) === 0 ? raw.slice(0, dice.below(raw.length + 1)) : raw;
}

/** What the pages say of a message that they cannot show. */
const is_refused = /^Maximum (MIME nesting depth|header size)/;

function check(message: Message) {
    for (const { name, bytes, content_id } of message.files) {
        expect(name).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff/\\:*?"<>|]{1,121}$/);
        expect(name).not.toMatch(/^\.|[. ]$/);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        expect(bytes).toBeInstanceOf(Uint8Array);
        expect(content_id).not.toBe('');
    }
    for (const mailbox of [...message.from, ...message.to, ...message.cc]) {
        const shown = formatMailbox(mailbox);
        expect(shown.endsWith(mailbox.address) || shown.endsWith(`<${mailbox.address}>`)).toBe(true);
    }
    for (const text of [message.text, message.html]) expect(text ?? '').toBeTypeOf('string');
    if (message.text?.trim()) expect(hasUnreadText(message)).toBe(false);
    const shown = attachmentsOf(message);
    expect(shown.every((file) => message.files.includes(file))).toBe(true);
    expect(shown.length).toBeGreaterThanOrEqual(message.files.filter((file) => !file.inline).length);
}

const signsOf = (html: string) => html.replace(/[^<>"']/g, '');

function checkHtml(html: string, message: Message) {
    expect(hasRemoteContent(html)).toBeTypeOf('boolean');
    const look = lookOf(html);
    expect([look.background, look.color].join()).toMatch(/^#[0-9a-f]{6},#[0-9a-f]{6}$/);
    expect([null, 'rtl', 'ltr']).toContain(look.dir);
    expect(look.lang ?? 'en').toMatch(/^[a-z0-9-]+$/i);
    // A picture opens and closes nothing.
    expect(signsOf(inlinePictures(html, message.files))).toBe(signsOf(html));
}

/** Too deep for a browser, with whatever makes markup within: there is text alone, and nothing of it is markup. */
function checkDeep(dice: Dice, html: string, message: Message) {
    const deep = '<div>'.repeat(max_open_elements + 1) + html;
    expect(isTooDeep(deep)).toBe(true);
    const { document } = composeFrame({ ...message, html: deep });
    const body = /<body style="[^"]*">([^]*)<\/body><\/html>$/.exec(document)?.[1];
    expect(body).toMatch(/^[^<>]*$/);
    expect(textOf(deep)).toBeTypeOf('string');
    const depth = max_open_elements - 5 + dice.below(10);
    const opened = Array.from({ length: depth }, () => dice.one(['div', 'b', 'font', 'x:y', 'section']));
    const whole = opened.map((name) => `<${name}>`).join(dice.one(['', '<br>', '<p>'])) + opened.reverse().map((name) => `</${name}>`).join('');
    expect(isTooDeep(whole)).toBe(depth > max_open_elements);
}

test('messages and formatted texts of every shape are read within limits, or refused', async () => {
    const counts = { read: 0, files: 0, html: 0 };
    for (let seed = 1; seed <= cases; seed += 1) {
        const dice = new Dice(seed);
        const raw = damage(dice, makeEntity(dice, 1 + dice.below(5)));
        try {
            const message = await parseMessage(raw).catch((error: Error) => {
                expect(error.message).toMatch(is_refused);
                return null;
            });
            if (!message) continue;
            check(message);
            checkHtml(message.html ?? '', message);
            checkHtml(makeHtml(dice, 6), message);
            if (seed % 10 === 0) checkDeep(dice, makeHtml(dice, 4), message);
            counts.read += 1;
            counts.files += message.files.length;
            counts.html += message.html === null ? 0 : 1;
        } catch (error) {
            throw new Error(`seed ${seed}: ${JSON.stringify(new TextDecoder().decode(raw))}`, { cause: error });
        }
    }
    // Otherwise nothing has been tried.
    expect(counts.read).toBeGreaterThan(cases / 2);
    expect(Math.min(counts.files, counts.html)).toBeGreaterThan(cases / 10);
}, 15_000);

test('messages within messages are refused where they go too deep, not half read', async () => {
    let deep = 'text';
    for (let level = 60; level > 0; level -= 1) deep = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${deep}\r\n--b${level}--`;
    await expect(parseMessage(new TextEncoder().encode(deep))).rejects.toThrow(is_refused);
});

import { expect, test } from 'vitest';
import { lookOf } from '../shared/mail/look';
import { listTags, withoutComments } from '../shared/mail/markup';

const plain = { dir: null, lang: null, background: '#ffffff', color: '#1d2129', is_dark: false };

test('a message that says nothing of itself is ink on white, of no language', () => expect(lookOf('<p>Hello</p>')).toEqual(plain));
test('direction and language are those of the body, else of the whole', () => {
    expect(lookOf('<html dir="rtl" lang="he"><body>')).toMatchObject({ dir: 'rtl', lang: 'he' });
    expect(lookOf('<HTML lang=EN-US><BODY DIR=RTL LANG=ar>')).toMatchObject({ dir: 'rtl', lang: 'ar' });
    expect(lookOf('<body style="margin:0; direction: rtl">')).toMatchObject({ dir: 'rtl' });
});
test('a dark ground is kept, with letters that can be read on it', () => {
    expect(lookOf('<body style="background:#111 url(https://x.test/white.png); color:#EEE">')).toMatchObject({ background: '#111111', color: '#eeeeee', is_dark: true });
    expect(lookOf("<body style='background-color: rgb(0, 0, 64) !important' text=yellow>")).toMatchObject({ background: '#000040', color: '#ffff00' });
    expect(lookOf('<body bgcolor=FFFFE0>')).toMatchObject({ background: '#ffffe0', color: '#1d2129', is_dark: false });
});
test('a dark ground whose letters cannot be read on it is none: it is the border of a white box', () => {
    for (const body of ['bgcolor="#333333"', 'style="background:#1a1a1a;color:#333"', 'bgcolor="black" text="#222222"'])
        expect(lookOf(`<body ${body}><table bgcolor="#ffffff"><tr><td>Hello`), body).toEqual(plain);
});
test('letters that were meant for the ground of a style sheet do not vanish', () => {
    expect(lookOf('<style>body{background:#111}</style><body style="color:#eee">')).toEqual(plain);
});
test('of two declarations the later one counts', () => expect(lookOf('<body style="background:#fff;background-color:navy;color:#fff">').background).toBe('#000080'));
test('nothing but values of a known form is taken', () => {
    for (const body of ['bgcolor="red;x:expression(1)" dir="rtl&quot;" lang="en\' onload=x"', 'style="background:url(black)"', 'style="background:inherit" lang="1"', 'dir="auto"', 'style="background:linear-gradient(#000,#fff);color:#eee"', 'style="background:var(--black);color:#eee"'])
        expect(JSON.stringify(lookOf(`<body ${body}>`))).not.toMatch(/expression|quot|onload|url|inherit|auto/);
    expect(lookOf('<body style="background:url(black)" data-dir="x">')).toEqual(plain);
});
test('what stands in a comment or in another element is none of it', () => {
    expect(lookOf('<!-- <body bgcolor=black> --><bodyguard dir=rtl><body>')).toEqual(plain);
    expect(lookOf('<body><div dir="rtl" style="background:#000">')).toEqual(plain);
});
test('markup that never ends is looked through in no time', () => {
    for (const piece of ['<!--', '<body', '<body ', '<html style="', "<body style='", '<', '<body dir', ' ']) {
        const html = piece.repeat(Math.ceil((2 * 1024 * 1024) / piece.length));
        lookOf(html);
        lookOf(`<body ${html}>`);
        lookOf(`<body style="background${html}">`);
        expect(listTags(withoutComments(html), 'img')).toEqual([]);
    }
}, 4000);

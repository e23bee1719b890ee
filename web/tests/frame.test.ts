import { expect, test } from 'vitest';
import { attachmentsOf, hasRemoteContent, inlinePictures, isTooDeep } from '../shared/mail/frame';
import type { MessageFile } from '../shared/mail/parse';

const picture: MessageFile = { name: 'a.png', type: 'image/png', bytes: new Uint8Array([1, 2, 3]), content_id: 'logo@acme', inline: true };

test('a picture of the mail itself is put in its place', () => expect(inlinePictures('<img src="cid:logo%40acme">', [picture])).toBe('<img src="data:image/png;base64,AQID">'));
test('a picture that the mail lacks is left alone', () => expect(inlinePictures('<img src="cid:other">', [picture])).toBe('<img src="cid:other">'));
test('a picture that is referred to again and again does not fill the memory', () => {
    const large = { ...picture, bytes: new Uint8Array(1024 * 1024) };
    const composed = inlinePictures('<img src="cid:logo@acme">'.repeat(60), [large]);
    expect(composed.length).toBeLessThan(49 * 1024 * 1024);
    expect(composed.split('src="data:').length - 1).toBe(35);
    expect(composed.endsWith('<img src="cid:logo@acme">')).toBe(true);
});
test('a picture is one by any name of its type', () => {
    for (const [type, written] of [['image/jpg', 'image/jpeg'], ['image/pjpeg', 'image/jpeg'], ['image/x-png', 'image/png']] as const)
        expect(inlinePictures('<img src="cid:logo@acme">', [{ ...picture, type }])).toBe(`<img src="data:${written};base64,AQID">`);
});
test('an SVG is no picture', () => expect(inlinePictures('<img src=cid:logo@acme>', [{ ...picture, type: 'image/svg+xml' }])).toBe('<img src=cid:logo@acme>'));
test('content from elsewhere is noticed, in attributes and in styles', () => {
    expect(hasRemoteContent('<img src="https://t.example.org/x">')).toBe(true);
    expect(hasRemoteContent('<p style="background:url(//t.example.org/x)">')).toBe(true);
    expect(hasRemoteContent('<a href="https://example.org/">x</a><img src="cid:x">')).toBe(false);
});
test('a message full of spaces is looked through in no time', () => {
    const spaces = ' '.repeat(200_000);
    expect(hasRemoteContent(`<img src=${spaces}x style="background:url(${spaces}x">`)).toBe(false);
    expect(hasRemoteContent(`<img src=${spaces}//t.example.org>`)).toBe(true);
}, 20_000);
test('elements that stand in each other by the thousand are noticed, ordinary ones are not', () => {
    expect(isTooDeep('<div>'.repeat(3000))).toBe(true);
    expect(isTooDeep('<font color=red></b>'.repeat(3000))).toBe(true);
    expect(isTooDeep('<DIV><p>text<br>'.repeat(1500) + '</div>'.repeat(1500))).toBe(false);
    expect(isTooDeep('<table><tr><td>a<td>b</table><p>text<img src="x">'.repeat(5000))).toBe(false);
});
test('what the text does not show is among the attachments', () => {
    const kept = (file: object, html: string | null) => attachmentsOf({ html, files: [{ ...picture, inline: true, ...file }] } as never).length;
    expect(kept({}, '<img src="cid:logo@acme">')).toBe(0);
    expect(kept({}, '<img src="cid:logo%40acme">')).toBe(0);
    expect(kept({ inline: false }, '<img src="cid:logo@acme">')).toBe(1);
    for (const html of [null, '<img src="cid:other">', '<a href="cid:logo@acme">terms</a>', '<p style="background:url(cid:logo@acme)">', '<div>'.repeat(2001) + '<img src="cid:logo@acme">',
        '<!-- <img src="cid:logo@acme"> -->', '<iframe src="cid:logo@acme">', '<img data-src="cid:logo@acme">'])
        expect(kept({}, html), html ?? 'no HTML').toBe(1);
    expect(kept({ type: 'image/svg+xml' }, '<img src="cid:logo@acme">')).toBe(1);
    expect(kept({ type: 'application/pdf' }, '<object data="cid:logo@acme"></object>')).toBe(1);
    expect(kept({ bytes: new Uint8Array(8 * 1024 * 1024 + 1) }, '<img src="cid:logo@acme">')).toBe(1);
});

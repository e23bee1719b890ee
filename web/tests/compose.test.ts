import { File as NodeFile } from 'node:buffer';
import { expect, test } from 'vitest';
import { audienceOf, countOctets, cutToOctets, fileNameOf, filesOf, looksLikeAddress, quote, splitAddresses, subjectOf } from '../shared/mail/compose';
import type { Message } from '../shared/mail/parse';

const alice = { name: 'Alice', address: 'alice@acme.test' };
const bob = { name: 'Bob', address: 'bob@partner.test' };
const carol = { name: 'Carol', address: 'carol@partner.test' };
const message: Message = { from: [alice], to: [bob, carol], cc: [{ ...carol, address: 'Carol@partner.test' }], subject: 's', date: null, text: null, html: null, files: [] };

test('a reply carries one prefix, whatever language the old one had', () => {
    expect(subjectOf('reply', 'Contract')).toBe('Re: Contract');
    expect(subjectOf('reply', 'RÉF : Contract')).toBe('Re: Contract');
    expect(subjectOf('forward', 'Tr: Contract')).toBe('Fwd: Contract');
});
test('a message without a subject is answered without one', () => {
    expect([subjectOf('reply', ''), subjectOf('forward', ' ')]).toEqual(['Re:', 'Fwd:']);
    expect([fileNameOf(''), fileNameOf(' '), fileNameOf('Contract ')]).toEqual(['message.eml', 'message.eml', 'Contract.eml']);
});
const dave = { name: 'Dave', address: 'dave@acme.test' };
test('a reply goes to the sender of the key record only', () =>
    expect(audienceOf('reply', message, alice, [], [bob.address])).toEqual({ reached: [alice], missed: [] }));
test('a reply to all goes to whom the service names, by the names of the message', () =>
    expect(audienceOf('reply_all', message, alice, [alice.address, carol.address, 'eve@partner.test'], ['bob@partner.test']))
        .toEqual({ reached: [alice, carol, { name: '', address: 'eve@partner.test' }], missed: [] }));
test('whom the message names and the service does not is missed, but for oneself', () =>
    expect(audienceOf('reply_all', { ...message, cc: [dave, { name: '', address: 'Rob@partner.test' }] }, alice, [alice.address], [bob.address, 'rob@partner.test']))
        .toEqual({ reached: [alice], missed: [dave, carol] }));
test('a forward starts with nobody', () => expect(audienceOf('forward', message, alice, [], [bob.address])).toEqual({ reached: [], missed: [] }));
test('a forward passes the original on, and a reply does not', async () => {
    globalThis.File ??= NodeFile as unknown as typeof File;
    const original = new TextEncoder().encode('Subject: Contract\r\n\r\nHello');
    const own = new File(['x'], 'x.txt');
    const sent = filesOf('forward', original, 'A/contract', [own]);
    expect(sent.map((file) => file.name)).toEqual([expect.stringMatching(/contract\.eml$/), 'x.txt']);
    expect(await sent[0]!.text()).toBe('Subject: Contract\r\n\r\nHello');
    expect(filesOf('reply', original, 'A', [own])).toEqual([own]);
});
test('quoting marks each line and deepens old quotes', () => expect(quote('a\r\n\r\n> b\n')).toBe('> a\n>\n>> b'));
test('addresses may be parted by commas, semicolons and spaces', () => expect(splitAddresses(' a@x.test, b@x.test;c@x.test ')).toEqual(['a@x.test', 'b@x.test', 'c@x.test']));
test('addresses may come with names, as mail programs copy them', () => {
    expect(splitAddresses('Bob Smith <bob@x.test>, "Jones, Carol" <carol@x.test>; dave@x.test')).toEqual(['bob@x.test', 'carol@x.test', 'dave@x.test']);
    expect(splitAddresses('bob@x.test <bob@x.test> Carol <carol@x.test>\n<eve@x.test>,eve@x.test')).toEqual(['bob@x.test', 'carol@x.test', 'eve@x.test']);
    expect(splitAddresses('"bob.s"@x.test')).toEqual(['"bob.s"@x.test']);
    for (const mark of ["'bob@x.test'", '"bob@x.test"', '(bob@x.test)', 'Bob@X.test']) expect(splitAddresses(`${mark} <bob@x.test>`), mark).toEqual(['bob@x.test']);
});
test('what is no address is not dropped', () => {
    for (const text of ['carol, Bob <bob@x.test>', 'Bob Smith bob@x.test', 'Bob <bob@x.test', 'Bob <bob>', '<>', '"Carol Jones", bob@x.test', 'Bob <bob@x.test>; "Jones, Carol"', '"bob@x.test"', "'bob@x.test'", '(bob@x.test)'])
        expect(splitAddresses(text).every(looksLikeAddress), text).toBe(false);
});
test('a list of a million signs is split in no time', () => {
    for (const sign of ['<', '"', ' ', '<a', 'a@', '" ']) splitAddresses(sign.repeat(1_000_000));
}, 20_000);
test('an address needs exactly one part on each side of its sign', () => {
    expect(looksLikeAddress('bob@partner.test')).toBe(true);
    expect(looksLikeAddress('bob')).toBe(false);
    expect(looksLikeAddress('a@b@c')).toBe(false);
});
test('no part of an address is empty', () => {
    for (const text of ['a@b..c', '.a@partner.test', 'a.@partner.test', 'a..b@partner.test', 'a@.test', 'a@test.', '.a.@partner.test']) expect(looksLikeAddress(text), text).toBe(false);
    for (const text of ['a.b@partner.test', '"a..b"@partner.test', 'a@[192.0.2.1]', 'a+b=c@x', "o'hara@partner.test"]) expect(looksLikeAddress(text), text).toBe(true);
});
test('a subject is cut between characters', () => {
    expect(cutToOctets('Re: contract', 900)).toBe('Re: contract');
    expect(cutToOctets('é'.repeat(500), 900)).toBe('é'.repeat(450));
    expect(cutToOctets('日'.repeat(301), 900)).toBe('日'.repeat(300));
    expect(cutToOctets(`${'a'.repeat(897)}😀`, 900)).toBe('a'.repeat(897));
    expect(countOctets(cutToOctets('😀'.repeat(300), 900))).toBe(900);
});

import { expect, test } from 'vitest';
import { looksLikeAddress, quote, recipientsOf, splitAddresses, subjectOf } from '../shared/mail/compose';
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
test('a reply goes to the sender of the key record only', () => expect(recipientsOf('reply', message, alice, bob.address)).toEqual([alice]));
test('a reply to all leaves oneself out and names nobody twice', () => expect(recipientsOf('reply_all', message, alice, 'BOB@partner.test')).toEqual([alice, carol]));
test('a forward starts with nobody', () => expect(recipientsOf('forward', message, alice, bob.address)).toEqual([]));
test('quoting marks each line and deepens old quotes', () => expect(quote('a\r\n\r\n> b\n')).toBe('> a\n>\n>> b'));
test('addresses may be parted by commas, semicolons and spaces', () => expect(splitAddresses(' a@x.test, b@x.test;c@x.test ')).toEqual(['a@x.test', 'b@x.test', 'c@x.test']));
test('an address needs exactly one part on each side of its sign', () => {
    expect(looksLikeAddress('bob@partner.test')).toBe(true);
    expect(looksLikeAddress('bob')).toBe(false);
    expect(looksLikeAddress('a@b@c')).toBe(false);
});

import { expect, test } from 'vitest';
import { splitMailboxes } from '../reader/mailboxes';

const people = (count: number) => Array.from({ length: count }, (_, at) => ({ name: '', address: `p${at}@partner.test` }));

test('a few recipients are all shown, and of many the first', () => {
    expect(splitMailboxes(people(7))).toEqual({ first: people(7), others: [] });
    const { first, others } = splitMailboxes(people(32));
    expect([first.length, others.length]).toEqual([6, 26]);
    expect([...first, ...others]).toEqual(people(32));
});

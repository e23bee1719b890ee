import { expect, test } from 'vitest';
import { isTooLong } from '../portal/administrators/administrators-page';

test('the name of an administrator is measured in octets, as the service does it', () => {
    expect([isTooLong('a'.repeat(64)), isTooLong(` ${'a'.repeat(64)} `), isTooLong('é'.repeat(32))]).toEqual([false, false, false]);
    expect([isTooLong('a'.repeat(65)), isTooLong('é'.repeat(33))]).toEqual([true, true]);
});

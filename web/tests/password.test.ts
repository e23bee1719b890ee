import { expect, test } from 'vitest';
import { isLongEnough } from '../reader/choose-password';

test('a password is measured as the service does it: in characters, without the spaces around them', () => {
    for (const text of ['elevenchars', ' '.repeat(12), '  short of it  ', '😀😀😀', '😀'.repeat(11)]) expect(isLongEnough(text), text).toBe(false);
    for (const text of ['correct horse', 'é'.repeat(12), '😀'.repeat(12)]) expect(isLongEnough(text), text).toBe(true);
});

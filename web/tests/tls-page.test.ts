import { expect, test } from 'vitest';
import { envelope_reasons } from '../tls/api';
import { page_words } from '../tls/words';

test('every reason for an envelope is told in both languages, each in its own words', () => {
    for (const words of [page_words.en, page_words.fr]) {
        const said = envelope_reasons.map((reason) => words.reasons[reason]);
        expect(said.every((text) => text.length > 40)).toBe(true);
        expect(new Set(said).size).toBe(envelope_reasons.length);
    }
});

// How a key of the policy document is put into words: a label, a hint where the label is not enough, and
// a word for each choice; English and French side by side, so that one is never changed without the other.

import type { Language } from '../../../shared/language';
import { setApart } from '../../../shared/french';

export type Both = Readonly<Record<Language, string>>;

export interface KeyWords {
    label: Both;
    hint: Both | null;
    choices: Readonly<Record<string, Both>>;
}

export type SectionKeys = Readonly<Record<string, KeyWords>>;

export type Pair = readonly [en: string, fr: string];
export type Choices = Readonly<Record<string, Pair>>;

export function both([en, fr]: Pair): Both {
    return { en, fr: setApart(fr) };
}

export function say(label: Pair, hint: Pair | null = null, choices: Choices = {}): KeyWords {
    return {
        label: both(label),
        hint: hint && both(hint),
        choices: Object.fromEntries(Object.entries(choices).map(([word, pair]) => [word, both(pair)])),
    };
}

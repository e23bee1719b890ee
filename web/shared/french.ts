// French sets : ; ? ! » % apart with a space at which no line breaks, and breaks none between a verb and the pronoun that
// is tied to it («est-il»), unless it is a part of an address; the tables of words are written with plain spaces and hyphens.

import type { Language } from './language';

const inversion = /(?<=\p{L})-(je|tu|il|elle|on|nous|vous|ils|elles|ce)(?![\p{L}@-])(?!\.\S)/gu;

export function setApart(text: string): string {
    return text.replace(/ ([:;?!»%])/g, '\u00a0$1').replace(/« /g, '«\u00a0').replace(inversion, '\u2011$1');
}

/** A label in front of what it labels. */
export function withColon(label: string, language: Language): string {
    return language === 'fr' ? `${label}\u00a0:` : `${label}:`;
}

/** The same table with every sentence set that way, those that functions make, too. */
export function french<T>(words: T): T {
    if (typeof words === 'string') return setApart(words) as T;
    if (typeof words === 'function') return ((...given: unknown[]) => french((words as unknown as (...all: unknown[]) => unknown)(...given))) as T;
    if (typeof words !== 'object' || words === null) return words;
    return Object.fromEntries(Object.entries(words).map(([name, one]) => [name, french(one)])) as T;
}

// A value of the policy document as people read it: choices in words, sizes with their unit, lists in a row.

import type { Language } from '../../shared/language';
import { field_words, formatQuantity } from './field-words';
import { formatValue, linesOf, type KeyFacts } from './fields';
import { choiceOf } from './key-words';

export function showValue(section: string, fact: Pick<KeyFacts, 'name' | 'type'>, value: unknown, language: Language): string {
    const words = field_words[language];
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return words.nothing;
    switch (fact.type) {
        case 'flag': return value === true || value === 'true' ? words.yes : words.no;
        case 'size':
        case 'duration': return /^\d+$/.test(String(value)) ? formatQuantity(fact.type, Number(value)) : String(value);
        case 'choice':
        case 'choices': return linesOf(formatValue(value)).map((word) => choiceOf(section, fact.name, word, language)).join(', ');
        default: return linesOf(formatValue(value)).join(', ');
    }
}

// A fact of a stage as people read it: its name, its value and where it comes from, in the page's language. What the gateway
// says in words of its own is known here sentence by sentence; what is not known stays as it is.

import { formatSize, type Language } from '../../../shared/language';
import { field_words } from '../field-words';
import { choiceOf, labelOf, section_keys } from '../key-words';
import type { Fact } from './trace';
import { trace_words } from './trace-words';

export interface ShownFact {
    name: string;
    value: string;
    /** Where it comes from; none for what was given. */
    origin: string | null;
}

/** The table of the policy document whose words a stage speaks. */
const sections: Readonly<Record<string, readonly string[]>> = {
    mail_flow_policy: ['mail_flow_policy'], encryption: ['encryption_profile', 'encryption_rule'], destination: ['destination', 'bounce_profile'],
};
/** Where a fact is called otherwise than its key. */
const keys: Readonly<Record<string, string>> = { family: 'address_family' };
const sizes = new Set(['size', 'max_message_size', 'attachment_max_size']);

export function describeFact(stage: string, fact: Fact, language: Language): ShownFact {
    return { name: nameOf(stage, fact, language), value: valueOf(stage, fact, language), origin: fact.from ? originOf(fact.from, language) : null };
}

function sectionOf(stage: string, name: string): string | undefined {
    return sections[stage]?.find((section) => Object.hasOwn(section_keys[section] ?? {}, name));
}

function nameOf(stage: string, fact: Fact, language: Language): string {
    const { facts } = trace_words[language];
    const section = stage === 'mail_flow_policy' && fact.from ? 'mail_flow_policy' : undefined;
    if (section) return labelOf(section, fact.name, language);
    return (Object.hasOwn(facts, fact.name) ? facts[fact.name] : undefined) ?? fact.name.replaceAll('_', ' ');
}

function valueOf(stage: string, fact: Fact, language: Language): string {
    const { value } = fact;
    const words = field_words[language];
    const name = keys[fact.name] ?? fact.name;
    if (sizes.has(name) && /^\d+$/.test(value)) return formatSize(Number(value), language);
    if (fact.from && value === '') return words.nothing;
    if (fact.from && value === 'true') return words.yes;
    if (fact.from && value === 'false') return words.no;
    const section = sectionOf(stage, name);
    const chosen = section ? choiceOf(section, name, value, language) : value;
    return chosen === value ? sayIn(trace_words[language].values, value) : chosen;
}

function originOf(from: string, language: Language): string {
    const { origins, origin_of } = trace_words[language];
    if (Object.hasOwn(origins, from)) return origins[from] ?? from;
    // A line of a document that the page's users never see.
    return sayIn(origin_of, from.replace(/, line \d+$/, ''));
}

/** The first pattern that fits says it: $1 is what the gateway names. */
function sayIn(patterns: readonly (readonly [RegExp, string])[], text: string): string {
    const found = patterns.find(([pattern]) => pattern.test(text));
    return found ? text.replace(found[0], found[1]) : text;
}

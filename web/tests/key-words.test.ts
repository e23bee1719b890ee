import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { choiceOf, hintOf, labelOf, section_keys } from '../portal/policy/key-words';

interface Listed {
    section: string;
    key: string;
    choices: string[];
}

/** What `sealpost policy explain` prints stands at the end of the specification. */
function readKeys(): Listed[] {
    const text = readFileSync(fileURLToPath(new URL('../../doc/spec/policy.md', import.meta.url)), 'utf8');
    const block = text.slice(text.indexOf('## Every table and key'));
    return [...block.matchAll(/^(\w+)\.(\w+)\n {4}.*\n {4}(.*)$/gm)].map(([, section = '', key = '', facts = '']) => ({
        section, key, choices: /^(?:one of|a list of) (\w+(?:\|\w+)+)/.exec(facts)?.[1]?.split('|') ?? [],
    }));
}

const listed = readKeys();

test('the specification lists keys and choices', () => {
    expect(listed.length).toBeGreaterThan(140);
    expect(listed.find((one) => one.section === 'sender_group' && one.key === 'host_checks')?.choices).toEqual(['no_ptr', 'ptr_failed', 'ptr_mismatch']);
});

test('every key of every section has a label and every choice a word, in both languages', () => {
    const missing = listed.flatMap(({ section, key, choices }) => {
        const words = section_keys[section]?.[key];
        const texts = [words?.label.en, words?.label.fr, ...choices.flatMap((choice) => [words?.choices[choice]?.en, words?.choices[choice]?.fr])];
        return texts.every((text) => text) ? [] : [`${section}.${key}`];
    });
    expect(missing).toEqual([]);
});

test('what a policy may say, the defaults of a listener may say too', () => {
    const parameters = listed.filter((one) => one.section === 'mail_flow_policy' && one.key !== 'name' && one.key !== 'behavior');
    expect(parameters.filter((one) => !section_keys['listener_defaults']?.[one.key])).toEqual([]);
});

test('a hint is there in both languages or in none', () => {
    const halves = Object.values(section_keys).flatMap((keys) => Object.values(keys)).filter((words) => words.hint && (!words.hint.en || !words.hint.fr));
    expect(halves).toEqual([]);
});

test('an unknown key keeps its name, its choices and the sentence of the gateway', () => {
    expect(labelOf('route', 'colour', 'fr')).toBe('colour');
    expect(labelOf('route', 'constructor', 'fr')).toBe('constructor');
    expect(hintOf('route', 'colour', 'fr', 'What it looks like.')).toBe('What it looks like.');
    expect(choiceOf('route', 'colour', 'red', 'fr')).toBe('red');
    expect(choiceOf('destination', 'tls', 'toString', 'en')).toBe('toString');
});

test('French signs stand apart by a space at which no line breaks', () => {
    const broken = Object.values(section_keys).flatMap((keys) => Object.values(keys))
        .flatMap((words) => [words.label.fr, words.hint?.fr ?? '', ...Object.values(words.choices).map((choice) => choice.fr)])
        .filter((text) => / [:;?!»]/.test(text) || /« /.test(text));
    expect(broken).toEqual([]);
    expect(labelOf('mail_flow_policy', 'spf_fail', 'fr')).toBe('SPF\u00a0: fail');
});

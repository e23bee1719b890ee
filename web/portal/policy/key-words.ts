// Which words a key of the policy document has. A key that this page does not know yet keeps its own name,
// and the sentence that the gateway has for it.

import type { Language } from '../../shared/language';
import { profile_keys, rule_keys } from './key-words/encryption';
import type { KeyWords, SectionKeys } from './key-words/say';
import {
    alias_keys, bounce_keys, default_keys, destination_keys, exception_keys, group_keys, list_keys, map_keys, masquerade_keys, policy_keys, recipient_keys, route_keys,
} from './key-words/tables';

export const section_keys: Readonly<Record<string, SectionKeys>> = {
    mail_flow_policy: policy_keys,
    listener_defaults: default_keys,
    sender_group: group_keys,
    recipient: recipient_keys,
    route: route_keys,
    destination: destination_keys,
    exception: exception_keys,
    bounce_profile: bounce_keys,
    address_list: list_keys,
    alias: alias_keys,
    masquerade: masquerade_keys,
    domain_map: map_keys,
    encryption_profile: profile_keys,
    encryption_rule: rule_keys,
};

function findWords(section: string, key: string): KeyWords | undefined {
    const keys = section_keys[section];
    return keys && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

export function labelOf(section: string, key: string, language: Language): string {
    return findWords(section, key)?.label[language] ?? key;
}

/** The hint under a field; for an unknown key the gateway's own sentence, `doc`. */
export function hintOf(section: string, key: string, language: Language, doc: string): string {
    const words = findWords(section, key);
    return words ? (words.hint?.[language] ?? '') : doc;
}

export function choiceOf(section: string, key: string, choice: string, language: Language): string {
    const choices = findWords(section, key)?.choices;
    return (choices && Object.hasOwn(choices, choice) ? choices[choice]?.[language] : undefined) ?? choice;
}

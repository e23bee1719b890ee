import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeFact } from '../portal/policy/trace/trace-facts';
import { trace_words } from '../portal/policy/trace/trace-words';

const show = (stage: string, name: string, value: string, from: string | undefined, language: 'en' | 'fr') => {
    const shown = describeFact(stage, from === undefined ? { name, value } : { name, value, from }, language);
    return [shown.name, shown.value, shown.origin].join(' | ');
};

test('values and origins are said in the language of the page', () => {
    expect(show('destination', 'max_age', 'never', 'bounce profile slow', 'fr')).toBe('durée maximale en file | jamais | profil de non-remise slow');
    expect(show('envelope_sender', 'tls', 'yes', undefined, 'fr')).toBe('TLS | oui | ');
    expect(show('host_access_table', 'host_state', 'no PTR record', 'given', 'fr')).toBe('état du nom | pas d’enregistrement PTR | donné');
    expect(show('host_access_table', 'sender_group', 'PARTNERS (order 2)', undefined, 'fr')).toBe('groupe d’expéditeurs | PARTNERS (ordre 2) | ');
    expect(show('route', 'hosts', 'a.test:25 (priority 0), b.test:25 (priority 5)', 'default', 'fr')).toBe('hôtes | a.test:25 (priorité 0), b.test:25 (priorité 5) | valeur du produit');
    expect(show('encryption', 'assurance', 'strong', 'profile default', 'fr')).toMatch(/^assurance \| Forte/);
    expect(show('destination', 'family', 'require_v4', 'default', 'fr')).toMatch(/IPv4 obligatoire/);
    expect(show('encryption', 'expires_after', 'ten years', 'profile default', 'en')).toBe('expires after | ten years | profile default');
});
test('nobody is told a line of a document that they never see, or a size in octets', () => {
    expect(show('destination', 'tls', 'required', 'row acme.test, line 6046', 'en')).toBe('tls | Required | row acme.test');
    expect(show('destination', 'tls', 'required', 'row acme.test, line 6046', 'fr')).toBe('TLS | Obligatoire | ligne «\u00a0acme.test\u00a0»');
    expect(show('mail_flow_policy', 'max_message_size', '104857600', 'policy', 'en')).toContain('100');
    expect(show('envelope_sender', 'size', '104857600', undefined, 'fr')).toBe('taille | 100\u00a0Mo | ');
});
test('what nobody foresaw is shown as it is', () => {
    expect(show('authentication', 'constructor', 'x.test', 'toString', 'fr')).toBe('constructor | x.test | toString');
    expect(show('mail_flow_policy', 'tls', '', 'policy', 'en')).toContain('(empty)');
});
test('French has a name for every fact that the gateway tells', () => {
    const source = readFileSync(fileURLToPath(new URL('../../src/serve/trace/steps.cpp', import.meta.url)), 'utf8');
    const names = new Set([...source.matchAll(/add(?:_if)?\(step, "(\w+)"/g)].map(([, name = '']) => name));
    expect(names.size).toBeGreaterThan(40);
    expect([...names].filter((name) => !Object.hasOwn(trace_words.fr.facts, name))).toEqual([]);
});

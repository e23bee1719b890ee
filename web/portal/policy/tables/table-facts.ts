// What tells one table of the policy from another on its page: the columns of its list, whether its order
// counts, the row that is there without being written, which fields a form shows. Everything else is the same
// code for all of them, driven by the keys that the gateway describes.

import type { Row, SectionName, Value, Values } from '../api';
import type { Draft } from '../fields';
import type { TableSection } from './table-words';

export interface TableFacts {
    section: TableSection;
    /** Keys that the list shows, in this order; the first one names the row. `limits` and `conditions` gather several. */
    columns: readonly string[];
    order: 'first_match' | 'closest_match' | 'closest_address' | null;
    /** The row behind the last one that exists without being written; its values, over the keys' defaults. */
    fixed: Values | null;
    /** A fixed row that may be written, and then counts in its place. */
    may_write_fixed: boolean;
    /** Sections whose names a field offers. */
    offers: Readonly<Record<string, SectionName>>;
    is_shown(key: string, draft: Draft): boolean;
}

const always = () => true;
const responses = (key: string, draft: Draft) => (key !== 'code' && key !== 'text') || draft['action'] === 'reject';

export const recipient_table: TableFacts = {
    section: 'recipient', columns: ['address', 'action', 'listener', 'bypass_limits'], order: 'first_match', fixed: { address: ['ALL'], action: 'reject' }, may_write_fixed: false, offers: {},
    is_shown: (key, draft) => responses(key, draft) && (key !== 'bypass_limits' || draft['action'] !== 'reject'),
};
export const exception_table: TableFacts = {
    section: 'exception', columns: ['address', 'action', 'code'], order: 'first_match', fixed: null, may_write_fixed: false, offers: {}, is_shown: responses,
};
export const list_table: TableFacts = {
    section: 'address_list', columns: ['name', 'addresses', 'full_only', 'comment'], order: null, fixed: null, may_write_fixed: false, offers: {}, is_shown: always,
};
export const destination_table: TableFacts = {
    section: 'destination', columns: ['domain', 'tls', 'limits', 'address_family', 'bounce_profile'], order: 'closest_match',
    fixed: { domain: ['ALL'] }, may_write_fixed: true, offers: { bounce_profile: 'bounce_profile' },
    is_shown: (key, draft) => key !== 'recipient_minutes' || /[1-9]/.test(draft['max_recipients'] ?? ''),
};
export const bounce_table: TableFacts = {
    section: 'bounce_profile', columns: ['name', 'max_attempts', 'max_age', 'first_retry', 'max_interval', 'delay_warning_after'], order: null, fixed: { name: 'default' }, may_write_fixed: true, offers: {},
    is_shown: (key, draft) => key !== 'max_delay_warnings' || /[1-9]/.test(draft['delay_warning_after'] ?? ''),
};
export const route_table: TableFacts = {
    section: 'route', columns: ['domain', 'hosts', 'login'], order: 'closest_match', fixed: { domain: ['ALL'], hosts: ['USEDNS'] }, may_write_fixed: true, offers: {}, is_shown: always,
};
export const alias_table: TableFacts = {
    section: 'alias', columns: ['address', 'to', 'listener'], order: 'closest_address', fixed: null, may_write_fixed: false, offers: {}, is_shown: always,
};
export const masquerade_table: TableFacts = {
    section: 'masquerade', columns: ['from', 'to', 'where', 'listener'], order: 'closest_address', fixed: null, may_write_fixed: false, offers: {}, is_shown: always,
};
export const map_table: TableFacts = {
    section: 'domain_map', columns: ['from', 'to', 'listener'], order: 'closest_address', fixed: null, may_write_fixed: false, offers: {}, is_shown: always,
};
export const profile_table: TableFacts = {
    section: 'encryption_profile', columns: ['name', 'assurance', 'delivery', 'expires_after'], order: null, fixed: { name: 'default' }, may_write_fixed: true, offers: {},
    is_shown: (key, draft) => (key !== 'neutral_subject' || draft['subject'] === 'neutral') && (!key.startsWith('attachment_') || draft['delivery'] !== 'hosted'),
};
export const rule_table: TableFacts = {
    section: 'encryption_rule', columns: ['name', 'conditions', 'action', 'profile'], order: 'first_match', fixed: null, may_write_fixed: false,
    offers: { profile: 'encryption_profile' }, is_shown: (key, draft) => key !== 'strip_subject_tag' || (draft['subject_contains'] ?? '') !== '',
};

const asList = (value: Value | undefined): string[] => (Array.isArray(value) ? value : value === undefined ? [] : [String(value)]);

/** The fixed row, unless a row of the document stands for it already. */
export function findFixed(facts: TableFacts, rows: readonly Row[]): Row | null {
    if (!facts.fixed) return null;
    const key = facts.columns[0] ?? '';
    const name = asList(facts.fixed[key])[0];
    const is_written = facts.may_write_fixed && rows.some((row) => asList(row.values[key]).includes(name ?? ''));
    return is_written ? null : { id: 'fixed', state: 'same', values: facts.fixed, predefined: true };
}

/** What a row is called in labels and questions. */
export function nameOf(facts: TableFacts, values: Values): string {
    const names = asList(values[facts.columns[0] ?? '']);
    return names.length > 2 ? `${names.slice(0, 2).join(', ')} …` : names.join(', ');
}

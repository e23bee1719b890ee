// What a document decides: parameters after inheritance, the verdict on a connecting host, warnings, and the
// preview against a fixed past.
import { findSender } from './policy-senders.mjs';
import { groupsOf, idOf, rowsOf } from './policy-document.mjs';
import { sections } from './policy-keys.mjs';

export const listeners = [{ name: 'public', kind: 'public' }, { name: 'private', kind: 'private' }];
export const predefined = { ACCEPTED: 'accept', TRUSTED: 'accept', THROTTLED: 'accept', BLOCKED: 'reject', RELAYED: 'relay', SUBMISSION: 'relay' };
const policy_of_all = { public: 'ACCEPTED', private: 'BLOCKED', submission: 'SUBMISSION' };

export const allPolicyOf = (listener) => policy_of_all[listeners.find((one) => one.name === listener)?.kind ?? 'public'];

export function findPolicy(document, name) {
    const row = rowsOf(document, 'mail_flow_policy').find((one) => one.values.name === name);
    return row ?? (name in predefined ? { values: { name, behavior: predefined[name] } } : null);
}

const defaultsOf = (document, listener) => rowsOf(document, 'listener_defaults').find((one) => (one.values.listener ?? '*') === listener)?.values ?? {};

export function parametersOf(document, listener, name) {
    const policy = name ? findPolicy(document, name) : { values: {} };
    const [own, everywhere] = [defaultsOf(document, listener), defaultsOf(document, '*')];
    const parameters = sections.mail_flow_policy.filter((key) => key.inherits).map((key) => {
        const from_listener = own[key.name] ?? everywhere[key.name];
        const inherited = from_listener ?? key.fallback;
        const inherited_from = from_listener === undefined ? 'default' : 'listener';
        const value = policy.values[key.name];
        return value === undefined ? { name: key.name, value: inherited, from: inherited_from, inherited, inherited_from } : { name: key.name, value, from: 'policy', inherited, inherited_from };
    });
    return { policy: name ?? null, listener, behavior: policy.values.behavior ?? 'accept', parameters };
}

/** group, order, sender and policy that a host meets. */
export function meetHost(document, listener, { ip, host, host_state }) {
    const verified = (host_state ?? 'verified') === 'verified' ? host : undefined;
    const checks = { none: 'no_ptr', temporary: 'ptr_failed', mismatch: 'ptr_mismatch' };
    for (const group of groupsOf(document, listener)) {
        const sender = findSender(group.senders, ip, verified);
        const check = checks[host_state];
        if (!sender && !(check && group.values.host_checks?.includes(check))) continue;
        const policy = group.values.policy && findPolicy(document, group.values.policy);
        if (!policy || policy.values.behavior === 'continue') continue;
        return { group: group.values.name, order: group.values.order, sender: sender?.text ?? check, policy: policy.values.name };
    }
    return { group: 'ALL', order: null, sender: 'ALL', policy: allPolicyOf(listener) };
}

const valueOf = (document, listener, policy, name) => parametersOf(document, listener, policy).parameters.find((one) => one.name === name)?.value;

function judge(document, fact) {
    const { group, policy } = meetHost(document, fact.listener, fact);
    const behavior = findPolicy(document, policy)?.values.behavior ?? 'accept';
    const refusal = behavior === 'reject' ? `${valueOf(document, fact.listener, policy, 'reject_code')} rejected` : behavior === 'refuse' ? 'connection refused'
        : !fact.tls && valueOf(document, fact.listener, policy, 'tls') === 'required' ? '530 TLS required' : 'accepted';
    return { group, policy, verdict: refusal };
}

/** A day of the past: the hosts of the envelope service, partners and others, the same at each start. */
function makePast() {
    const hosts = [
        ['208.90.57.32', 'mxnat1.res.cisco.com', true], ['184.94.241.96', 'mxnat3.res.cisco.com', true], ['68.232.140.79', 'esa1.cres.iphmx.com', true], ['208.90.57.40', null, false],
        ['192.0.2.7', 'mx.partner.test', true], ['192.0.2.8', 'mx2.partner.test', false], ['198.51.100.23', null, false], ['203.0.113.80', 'mail.example.org', true],
    ];
    return Array.from({ length: 200 }, (_, index) => {
        const [ip, host, tls] = hosts[index % hosts.length];
        return { time: new Date(Date.UTC(2026, 10, 25, 6, index * 5)).toISOString(), listener: 'public', ip, host, host_state: host ? 'verified' : 'none', tls, messages: 1 + (index * 7) % 9,
            sender: `news${index}@${host?.split('.').slice(-2).join('.') ?? 'example.org'}`, recipient: `person${index % 5}@acme.test` };
    });
}
const past = makePast();

export function previewOf(before_document, after_document, last) {
    const tables = { groups: new Map(), policies: new Map(), verdicts: new Map() };
    const different = { connections: 0, messages: 0 };
    const examples = [];
    let messages = 0;
    const facts = past.slice(-Math.max(1, Math.ceil((past.length * last) / 10000)));
    for (const fact of facts) {
        messages += fact.messages;
        const [before, after] = [judge(before_document, fact), judge(after_document, fact)];
        if (JSON.stringify(before) === JSON.stringify(after)) continue;
        different.connections += 1;
        different.messages += fact.messages;
        for (const [table, name] of [['groups', 'group'], ['policies', 'policy'], ['verdicts', 'verdict']]) {
            if (before[name] === after[name]) continue;
            const key = `${before[name]}\n${after[name]}`;
            const row = tables[table].get(key) ?? { before: before[name], after: after[name], connections: 0, messages: 0 };
            row.connections += 1;
            row.messages += fact.messages;
            tables[table].set(key, row);
        }
        const { time, listener, ip, host, sender, recipient } = fact;
        if (examples.length < 50) examples.push({ time, listener, ip, host, sender, recipient, before, after });
    }
    const list = (table) => [...tables[table].values()].sort((one, other) => other.messages - one.messages);
    return { connections: facts.length, messages, since: facts[0].time, until: facts.at(-1).time, different, groups: list('groups'), policies: list('policies'), verdicts: list('verdicts'), examples, not_played: [] };
}

const service_suffixes = ['.res.cisco.com', '.cres.iphmx.com'];

export function warningsOf(document) {
    const warnings = [];
    for (const [index, group] of rowsOf(document, 'sender_group').entries()) {
        const row = idOf('sender_group', group, index);
        const warn = (field, what, hint) => warnings.push({ line: 0, key: `sender_group.${field}`, what, hint, section: 'sender_group', row, field });
        const texts = new Set(group.senders.slice(0, 5000).map((one) => one.text));
        for (const text of texts) {
            if (text.startsWith('.') && !texts.has(text.slice(1))) warn('senders', `"${text}" does not cover ${text.slice(1)} itself.`, `Add "${text.slice(1)}" when that host sends, too.`);
        }
        if (texts.has('204.15.81.0/26')) warn('senders', '204.15.81.0/26 is the old range of the envelope service.', 'It may have another owner by now: remove it when nothing comes from it any more.');
        const policy = group.values.policy && findPolicy(document, group.values.policy);
        const inside = group.senders.every((one) => /^(10|127|192\.168)\./.test(one.text));
        if (policy?.values.behavior === 'relay' && !inside) warn('policy', 'These hosts may send to anybody, and are not of a private network.', 'Choose a policy whose behavior is accept.');
        if (policy && service_suffixes.some((one) => texts.has(one)) && valueOf(document, group.values.listener, policy.values.name, 'tls') !== 'required')
            warn('policy', 'The group names hosts of a known envelope service, and its policy does not require TLS.', 'Choose a policy with tls = "required".');
    }
    return warnings;
}

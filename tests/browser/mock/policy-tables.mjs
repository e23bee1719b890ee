// Rows for the tables of the mock's policy, so that their pages have something to show: live and committed.
import { numberGroups } from './policy-document.mjs';

const rows = {
    recipient: [
        { address: ['acme.test', '.acme.test'], action: 'accept' },
        { address: ['postmaster@'], action: 'accept', bypass_limits: true },
        { address: ['former@acme.test'], listener: ['public'], action: 'reject', code: 550, text: 'Moved away' },
    ],
    exception: [{ address: ['news@partner.test'], action: 'allow' }, { address: ['@.spam.test', '@spam.test'], action: 'reject', text: 'Not from you' }],
    destination: [{ domain: ['partner.test'], tls: 'required_verify', max_connections: 10 }, { domain: 'slow.test', max_recipients: 200, recipient_minutes: 15, bounce_profile: 'patient' }],
    route: [{ domain: ['acme.test'], hosts: ['10 inner1.acme.test:2525', '20 [2001:db8::7]:25'] }, { domain: '.void.test', hosts: ['/dev/null'] }],
    bounce_profile: [{ name: 'patient', comment: 'they are often down', max_age: '7d' }],
    address_list: [{ name: 'newsletters', addresses: ['news@partner.test', '@.news.test', 'offers@shop.test', 'a@b.test', 'c@d.test'] }],
    alias: [{ address: 'info@acme.test', to: ['anna@acme.test', 'ben@partner.test'] }],
    masquerade: [{ from: ['@.inner.acme.test'], to: '@acme.test' }],
    domain_map: [{ from: 'old.acme.test', to: 'acme.test' }],
    encryption_rule: [{ name: 'tagged', subject_contains: ['[secure]'], action: 'seal', strip_subject_tag: true }],
};

/** One group by name, one by what DNS says, in front of those that every store begins with. */
const groups = [
    { values: { name: 'CRES', listener: 'public', policy: 'TLS_REQUIRED' }, senders: [{ text: '.res.cisco.com', comment: '' }] },
    { values: { name: 'UNVERIFIED', listener: 'public', policy: 'THROTTLED', host_checks: ['no_ptr', 'ptr_mismatch'] }, senders: [] },
];

export function fillTables(policy) {
    const filled = Object.fromEntries(Object.entries(rows).map(([section, list]) => [section, list.map((values) => ({ values }))]));
    const mail_flow_policy = [...(policy.live.mail_flow_policy ?? []), { values: { name: 'TLS_REQUIRED', behavior: 'accept', tls: 'required' } }];
    policy.live = numberGroups({ ...policy.live, ...filled, mail_flow_policy, sender_group: [...groups, ...policy.live.sender_group] });
    policy.commits.at(-1).document = policy.live;
    policy.seen.set(`${policy.commits.at(-1).version}.0`, policy.live);
}

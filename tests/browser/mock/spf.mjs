// The mock of the SPF advisor's calls. Its answers have the shape that doc/spec/spf-advice.md states;
// which one is given goes by the domain asked for.
import { json, problem } from './http.mjs';

const leaf = (term, facts = {}) => ({ term, name: null, outcome: 'plain', lookups: 0, record: null, addresses: [], inside: [], ...facts });
const hosts = (term, name, ...addresses) => leaf(term, { name, outcome: addresses.length ? 'found' : 'void', lookups: 1, addresses });
const include = (name, record, inside, facts = {}) =>
    leaf(`include:${name}`, { name, outcome: 'found', record, inside, lookups: 1 + inside.reduce((sum, one) => sum + one.lookups, 0), ...facts });
const root = (domain, record, inside) => ({ ...include(domain, record, inside), term: 'v=spf1', lookups: inside.reduce((sum, one) => sum + one.lookups, 0) });
const all = leaf('-all');

const keys = include('keys.test', 'v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all', [
    hosts('mx:keys.test', 'keys.test', '192.0.2.9'),
    leaf('exists:%{i}.spf.keys.test', { name: '%{i}.spf.keys.test', outcome: 'depends', lookups: 1 }),
    all,
]);
const news = include('_spf.newsletter.test', 'v=spf1 include:_a.newsletter.test include:_b.newsletter.test ~all', [
    include('_a.newsletter.test', 'v=spf1 ip4:203.0.113.0/25 -all', [leaf('ip4:203.0.113.0/25', { addresses: ['203.0.113.0/25'] }), all]),
    include('_b.newsletter.test', 'v=spf1 ip6:2001:db8:77::/48 -all', [leaf('ip6:2001:db8:77::/48', { addresses: ['2001:db8:77::/48'] }), all]),
    leaf('~all'),
]);
const shop = hosts('a:shop.acme.test', 'shop.acme.test');
const own = [hosts('mx', 'acme.test', '198.51.100.7', '198.51.100.8'), leaf('ip4:198.51.100.0/26', { addresses: ['198.51.100.0/26'] })];

const french = {
    names_nothing: ['« a:shop.acme.test » ne désigne rien qui existe dans le DNS. Deux recherches de ce genre sont permises au plus.', 'Corrigez le nom, ou retirez le terme.'],
    include_cost: ['include:keys.test coûte 3 des 10 recherches.', null],
    unknown_mechanism: ['« ipv4:203.0.113.4 » n’est pas un mécanisme SPF ; les vérificateurs renoncent (permerror).', 'Écrivez ip4:203.0.113.4.'],
    no_room: ['Avec l’include, l’enregistrement demanderait 12 recherches, et plus rien ne peut être économisé.', 'Retirez un service qui n’envoie plus pour vous, puis redemandez.'],
};
const english = {
    names_nothing: ['"a:shop.acme.test" names nothing that exists in DNS. At most 2 such lookups are allowed.', 'Correct the name, or leave it out.'],
    include_cost: ['include:keys.test costs 3 of the 10 lookups.', null],
    unknown_mechanism: ['"ipv4:203.0.113.4" is no mechanism that SPF knows; verifiers give up (permerror).', 'Write ip4:203.0.113.4.'],
    no_room: ['With the include the record would need 12 lookups, and nothing more can be saved without changing who may send.', 'Leave out a service that no longer sends for you, then ask again.'],
};

function found(kind, severity, where, column, mended = null) {
    return { kind, severity, where, column, mended };
}

function advise(domain, wanted) {
    const base = { domain, include: wanted, strings: [], proof: { probes: 0, include_probes: 0, changed_count: 0, changed_by_include: 0, at_void_limit: 0, was_cut: false, changed: [], worse: [] } };
    if (domain.startsWith('full')) {
        const many = Array.from({ length: 9 }, (_, i) => include(`_spf.service${i + 1}.test`, 'v=spf1 ip4:203.0.113.9 -all', [leaf('ip4:203.0.113.9'), all]));
        const record = `v=spf1 ${many.map((one) => one.term).join(' ')} -all`;
        return { ...base, conclusion: 'none', record, records: [record], publish: null, zone_line: null, lookups: { before: 9, after: 12, limit: 10 },
            void_lookups: { before: 0, after: 1, limit: 2 }, problems: [found('no_room', 'error', null, null), found('include_cost', 'note', wanted, null)],
            tree: root(domain, record, [...many, all]), tree_after: root(domain, `${record} include`, [...many, keys, all]) };
    }
    if (domain.startsWith('done')) {
        const record = 'v=spf1 mx include:keys.test -all';
        const tree = root(domain, record, [own[0], keys, all]);
        return { ...base, conclusion: 'unchanged', record, records: [record], publish: record, zone_line: `${domain}. IN TXT "${record}"`, strings: [record],
            lookups: { before: 4, after: 4, limit: 10 }, void_lookups: { before: 1, after: 1, limit: 2 }, problems: [], tree, tree_after: tree,
            proof: { ...base.proof, probes: 39, include_probes: 2 } };
    }
    const record = 'v=spf1 mx ip4:198.51.100.0/26 ipv4:203.0.113.4 a:shop.acme.test include:_spf.newsletter.test -all';
    const publish = 'v=spf1 mx ip4:198.51.100.0/26 ip4:203.0.113.4 a:shop.acme.test include:_spf.newsletter.test include:keys.test -all';
    const inside = [...own, leaf('ip4:203.0.113.4', { addresses: ['203.0.113.4'] }), shop, news];
    return { ...base, conclusion: 'publish', record, records: [record], publish, strings: [publish], zone_line: `${domain}. IN TXT "${publish}"`,
        lookups: { before: 5, after: 8, limit: 10 }, void_lookups: { before: 1, after: 2, limit: 2 },
        problems: [found('unknown_mechanism', 'error', 'ipv4:203.0.113.4', 31, 'ip4:203.0.113.4'), found('names_nothing', 'warning', 'a:shop.acme.test', 48), found('include_cost', 'note', wanted, null)],
        tree: root(domain, record, [...inside, all]), tree_after: root(domain, publish, [...inside, keys, all]),
        proof: { probes: 57, include_probes: 2, changed_count: 3, changed_by_include: 2, at_void_limit: 0, was_cut: false, worse: [], changed: [
            { address: '192.0.2.9', why: 'mx:keys.test', before: 'permerror', after: 'pass', by_include: true },
            { address: '192.0.2.10', why: 'sender', before: 'permerror', after: 'pass', by_include: true },
            { address: '45.17.3.201', why: null, before: 'permerror', after: 'fail', by_include: false }] } };
}

function check({ address, sender, helo }) {
    const domain = (sender || helo).split('@').pop();
    const passes = address === '192.0.2.10';
    const step = (depth, at, term, asked, outcome, lookups, detail = '') => ({ depth, domain: at, term, asked, outcome, detail, lookups });
    return {
        result: passes ? 'pass' : 'fail', identity: sender ? 'mailfrom' : 'helo', domain, mechanism: passes ? 'include:keys.test' : '-all', explanation: '', problem: '', lookups: 4, void_lookups: passes ? 0 : 1,
        trace: [
            step(0, domain, 'v=spf1', domain, passes ? 'pass' : 'fail', 0, 'v=spf1 mx include:keys.test -all'),
            step(0, domain, 'mx', domain, 'no_match', 1),
            step(0, domain, 'include:keys.test', 'keys.test', passes ? 'match' : 'no_match', 2),
            step(1, 'keys.test', 'v=spf1', 'keys.test', passes ? 'pass' : 'fail', 2, 'v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all'),
            step(1, 'keys.test', 'mx:keys.test', 'keys.test', 'no_match', 3),
            step(1, 'keys.test', 'exists:%{i}.spf.keys.test', `${address}.spf.keys.test`, passes ? 'match' : 'no_match', 4),
            ...(passes ? [] : [step(1, 'keys.test', '-all', '', 'match', 4), step(0, domain, '-all', '', 'match', 4)]),
        ],
    };
}

export function spfRoutes(world) {
    return [
        ['GET', /^\/api\/v1\/admin\/spf$/, () => json(200, { domains: world.domains.map((one) => one.domain), include: 'keys.test' })],
        ['POST', /^\/api\/v1\/admin\/spf\/advise$/, async (request) => {
            const { domain, include: wanted } = await request.json();
            if (domain.startsWith('busy')) return problem(429, 'too-many-requests', {}, { 'Retry-After': '7' });
            const words = (request.headers['accept-language'] ?? '').startsWith('fr') ? french : english;
            const advice = advise(domain, wanted);
            for (const one of advice.problems) [one.text, one.fix] = words[one.kind];
            return json(200, advice);
        }],
        ['POST', /^\/api\/v1\/admin\/spf\/check$/, async (request) => json(200, check(await request.json()))],
    ];
}

// The mock of tests with progress, and of the page for domains' own administrators: doc/spec/domain-tests-api.md.
// `world.mail_hosts` says how each domain's hosts are; a test tells one host more with every question.
import { randomBytes } from 'node:crypto';
import { Answer, json, page, problem } from './http.mjs';

const day = (offset) => new Date(Date.now() + offset * 86400e3).toISOString();
const certificate = (subject, issuer, from, until, more = {}) => ({
    subject, issuer, names: [], not_before: day(from), not_after: day(until), key: 'EC 256', signature_hash: 'SHA256', sha256: 'a3'.repeat(32), ...more,
});
const intermediate = certificate('CN=Trusty Issuing CA 3, O=Trusty', 'CN=Trusty Root, O=Trusty', -900, 1400);
const tls13 = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };

// Word for word what src/wire/route/tls_verdict.cpp says.
export const fixes = {
    en: {
        ok: '', missing_intermediate: "Install the authority's intermediate certificate on this host, after its own certificate, so that both are sent.",
        self_signed: 'Replace the self-signed (demo) certificate with one signed by a recognised authority, and install its intermediate too.',
        expired: 'Renew the certificate and install the new one with its intermediate.', no_starttls: 'Enable TLS on the listener that receives mail for this domain (Preferred or Required).',
        unreachable: 'Check that the host runs and that its firewall lets port 25 in, or remove it from the MX records.',
    },
    fr: {
        ok: '', missing_intermediate: "Installez sur cet hôte le certificat intermédiaire de l'autorité, à la suite de son propre certificat, pour que les deux soient envoyés.",
        self_signed: 'Remplacez le certificat auto-signé (de démonstration) par un certificat signé par une autorité reconnue, et installez aussi son certificat intermédiaire.',
        expired: 'Renouvelez le certificat et installez le nouveau avec son certificat intermédiaire.', no_starttls: "Activez TLS (Préféré ou Requis) sur l'écouteur qui reçoit le courrier de ce domaine.",
        unreachable: "Vérifiez que l'hôte fonctionne et que son pare-feu laisse entrer le port 25, ou retirez-le des enregistrements MX.",
    },
};
const seen = { ok: '', missing_intermediate: 'The host sent its own certificate only.', self_signed: 'The certificate is signed by itself.', expired: 'Expired 5 days ago.', no_starttls: 'EHLO lists no STARTTLS.', unreachable: 'No answer within 10 s.' };
const languageOf = (request) => ((request.headers['accept-language'] ?? '').startsWith('fr') ? 'fr' : 'en');

export function host(mx, address, verdict = 'ok', preference = 10) {
    const leaf = certificate(`CN=${mx}`, intermediate.subject, -20, verdict === 'expired' ? -5 : 70, { names: [mx] });
    const chains = { missing_intermediate: [leaf], self_signed: [{ ...leaf, issuer: leaf.subject, self_signed: true }], no_starttls: [], unreachable: [] };
    const chain = chains[verdict] ?? [leaf, intermediate];
    const is_missing = verdict === 'missing_intermediate';
    return {
        mx, preference, address, verdict, detail: seen[verdict] ?? '', ...(chain.length > 0 ? tls13 : { protocol: null, cipher: null }), chain, notes: [],
        missing_issuer: is_missing ? leaf.issuer : null, missing_issuer_url: is_missing ? 'http://crt.trusty.test/issuing3.crt' : null,
        faulty: is_missing ? 1 : ['self_signed', 'expired'].includes(verdict) ? 0 : null,
    };
}

/** Hosts of which two must be mended. */
export const makeFaultyHosts = () => [
    host('mx1.acme.test', '192.0.2.1'), host('mx1.acme.test', '2001:db8::1'), host('mx2.acme.test', '192.0.2.2', 'missing_intermediate', 20), host('mx3.acme.test', '192.0.2.3', 'no_starttls', 30),
];

const withFix = (one, language) => ({ ...one, fix: fixes[language][one.verdict] ?? '' });
export function hostsOf(world, domain) {
    const is_swapped = domain === 'acme.test' && world.switches.certificate === 'self_signed';
    return world.mail_hosts.get(domain) ?? [host(`mx1.${domain}`, '192.0.2.9', is_swapped ? 'self_signed' : 'ok')];
}

export function isReady(world, domain) {
    const hosts = hostsOf(world, domain);
    return hosts.length > 0 && hosts.every((one) => one.verdict === 'ok');
}

export function localTest(test, language) {
    return test && { ...test, hosts: test.hosts.map((one) => withFix(one, language)) };
}

export function keepTest(world, domain, cause) {
    const hosts = hostsOf(world, domain);
    const record = { at: new Date().toISOString(), ready: isReady(world, domain), problem: hosts.length === 0 ? 'null_mx' : null, cause, hosts };
    world.past_tests.set(domain, [record, ...(world.past_tests.get(domain) ?? [])]);
    for (const one of [...world.domains, ...world.owned.values()]) {
        if (one.domain === domain) Object.assign(one, { last_test: record, needs_test: false, ...(record.ready ? { last_failure: null } : {}) });
    }
}

function begin(world, domain, is_kept) {
    const test = { id: randomBytes(12).toString('base64url'), domain, started: new Date().toISOString(), asked: -1, is_kept };
    world.tests.set(test.id, test);
    return test;
}

/** One host more with every question. */
function tell(world, test, language) {
    const hosts = hostsOf(world, test.domain);
    test.asked += 1;
    const is_done = test.asked > hosts.length;
    if (is_done && test.is_kept) keepTest(world, test.domain, 'asked');
    if (is_done) test.is_kept = false;
    return {
        id: test.id, domain: test.domain, state: is_done ? 'done' : 'running', started: test.started, expected: test.asked === 0 ? null : hosts.length,
        hosts: hosts.slice(0, Math.max(0, test.asked - (is_done ? 0 : 1))).map((one) => withFix(one, language)),
        ready: is_done ? isReady(world, test.domain) : null, problem: is_done && hosts.length === 0 ? 'null_mx' : null, problem_detail: is_done && hosts.length === 0 ? `${test.domain} says that it takes no mail (null MX)` : null, ...(is_done && hosts.length > 0 ? extrasOf(hosts) : { dane: null, mta_sts: null }),
    };
}

/** Signed records for the first host, and a policy that forgets the others. */
function extrasOf(hosts) {
    const [{ mx }] = hosts;
    const others = [...new Set(hosts.map((one) => one.mx))].filter((one) => one !== mx);
    return {
        dane: { status: 'usable', hosts: [{ mx, tlsa: [`3 1 1 ${'ab12'.repeat(16)}`], verdict: 'ok' }] },
        mta_sts: { status: others.length > 0 ? 'problem' : 'ok', mode: 'testing', max_age: 604800, mx: [mx], problem: null, uncovered: others },
    };
}

function sendCode(world, domain) {
    world.codes.set(domain, '48151623');
    return json(202, { sent_to: `postmaster@${domain}`, reference: 'AMBER-RIVER', expires_at: day(0.007) });
}

/** Throws what is wrong with a code. */
function checkCode(world, domain, code) {
    if (world.codes.get(domain) !== String(code).replace(/\D/g, '')) throw problem(403, 'wrong-code', { tries_left: 4 });
    world.codes.delete(domain);
}

export function domainTestRoutes(world) {
    Object.assign(world, { mail_hosts: new Map([['quiet.test', []], ['other.test', [host('mx1.other.test', '192.0.2.7', 'self_signed'), host('mx2.other.test', '192.0.2.8', 'missing_intermediate', 20)]]]), tests: new Map(), past_tests: new Map(), owned: new Map(), codes: new Map(), claims: new Set(), published: new Set() });
    const known = ({ params }) => {
        const found = world.domains.find((one) => one.domain === params[0]);
        if (!found) throw problem(404, 'not-found');
        return found;
    };
    const look = (request) => {
        const test = world.tests.get(request.params.at(-1));
        return test ? json(200, tell(world, test, languageOf(request))) : problem(404, 'not-found');
    };
    return [
        ['POST', /^\/api\/v1\/admin\/domains\/([^/]+)\/tests$/, (request) => json(202, tell(world, begin(world, known(request).domain, true), languageOf(request)))],
        ['GET', /^\/api\/v1\/admin\/domains\/([^/]+)\/tests$/, (request) => json(200, { tests: (world.past_tests.get(known(request).domain) ?? []).map((one) => localTest(one, languageOf(request))) })],
        ['GET', /^\/api\/v1\/admin\/domains\/([^/]+)\/tests\/([^/]+)$/, look],
        ['POST', /^\/api\/v1\/admin\/domains\/([^/]+)\/code$/, (request) => sendCode(world, known(request).domain)],
        ['GET', /^\/api\/v1\/admin\/domains\/([^/]+)$/, (request) => json(200, { ...known(request), last_test: localTest(known(request).last_test, languageOf(request)) })],
        ...publicRoutes(world, look),
    ];
}

const ownerOf = (world, request) => world.owned.get(/mock_own=([\w.-]+)/.exec(request.headers.cookie ?? '')?.[1]);

function publicRoutes(world, look) {
    const owner = (request) => {
        const own = ownerOf(world, request);
        if (!own) throw problem(401, 'not-signed-in');
        if (request.method !== 'GET' && request.headers['x-csrf-token'] !== 'own-token') throw problem(403, 'not-allowed');
        return own;
    };
    const managed = (own, language) => ({ ...own, last_test: localTest(own.last_test, language) });
    return [
        ['GET', /^\/tls(?:\/.*)?$/, () => page('tls')],
        ['POST', /^\/api\/v1\/tls\/tests$/, async (request) => {
            const { domain } = await request.json();
            if (domain === 'busy.test') return problem(429, 'too-many-requests', {}, { 'Retry-After': '300' });
            return json(202, tell(world, begin(world, domain, false), languageOf(request)));
        }],
        ['GET', /^\/api\/v1\/tls\/tests\/([^/]+)$/, look],
        ['GET', /^\/api\/v1\/tls\/domains\/([^/]+)$/, ({ params }) => json(200, publicOf(world, params[0]))],
        ['POST', /^\/api\/v1\/tls\/domains\/([^/]+)\/claim$/, ({ params }) => world.claims.add(params[0]) && json(200, { domain: params[0], proof: { name: `_sealpost.${params[0]}`, type: 'TXT', value: 'sealpost-verify=q83vEjRWeJCrze8SNFZ4kKvN7xI0Vnj3' }, code_sent_to: null })],
        ['POST', /^\/api\/v1\/tls\/domains\/([^/]+)\/code$/, ({ params }) => (world.claims.has(params[0]) ? sendCode(world, params[0]) : problem(409, 'no-claim'))],
        ['POST', /^\/api\/v1\/tls\/domains\/([^/]+)\/prove$/, async (request) => {
            const [domain] = request.params;
            const { code, by } = await request.json();
            if (!world.claims.has(domain)) return problem(409, 'no-claim');
            if (by === 'txt' && !world.published.has(domain)) return problem(409, 'not-proven');
            if (by !== 'txt') checkCode(world, domain, code);
            const own = world.owned.get(domain) ?? { domain, proven: true, proven_by: by === 'txt' ? 'txt' : 'code', proof: { name: '', type: 'TXT', value: '' }, tls_replies: false, on_failure: 'envelope', last_test: null, needs_test: false, last_failure: null };
            world.owned.set(domain, own);
            return json(200, { domain: managed(own, languageOf(request)), csrf: 'own-token' }, { 'Set-Cookie': `mock_own=${domain}; Path=/; HttpOnly; SameSite=Strict` });
        }],
        ['GET', /^\/api\/v1\/tls\/own$/, (request) => json(200, { domain: managed(owner({ ...request, method: 'GET' }), languageOf(request)), csrf: 'own-token' })],
        ['POST', /^\/api\/v1\/tls\/own\/tests$/, (request) => json(202, tell(world, begin(world, owner(request).domain, true), languageOf(request)))],
        ['PUT', /^\/api\/v1\/tls\/own$/, async (request) => {
            const own = owner(request);
            const { tls_replies, on_failure } = await request.json();
            if (tls_replies && !own.last_test?.ready) return problem(409, 'not-ready');
            Object.assign(own, { tls_replies, on_failure });
            return json(200, managed(own, languageOf(request)));
        }],
        ['DELETE', /^\/api\/v1\/tls\/own$/, (request) => {
            owner(request);
            return new Answer(204, '', { 'Set-Cookie': 'mock_own=; Path=/; Max-Age=0' });
        }],
    ];
}

function publicOf(world, domain) {
    const own = world.owned.get(domain) ?? world.domains.find((one) => one.domain === domain);
    const reason = !own ? 'not_known' : !own.proven ? 'not_proven' : !own.last_test ? 'not_tested' : !own.last_test.ready ? 'not_ready' : own.tls_replies ? null : 'switched_off';
    return { domain, tls_replies: own?.tls_replies ?? false, reason };
}

/** An account's administrator proves by a code, or by the record. */
export function verifyByCode(world, domain, body) {
    if (!body.code) return false;
    checkCode(world, domain.domain, body.code);
    Object.assign(domain, { proven: true, proven_by: 'code' });
    return true;
}

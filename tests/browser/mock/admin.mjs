// The mock of the administration API.
import { Answer, json, problem } from './http.mjs';

const key = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
const year = (offset) => new Date(Date.now() + offset * 86400e3).toISOString();
const leaf = { subject: 'CN=mx1.acme.test', issuer: 'CN=Demo Intermediate', not_after: year(200) };
const intermediate = { subject: 'CN=Demo Intermediate', issuer: 'CN=Demo Root', not_after: year(900) };

const administrators = {
    admin: { account: 'Acme', areas: ['account', 'mail_policies'] },
    second: { areas: ['mail_policies'] },
    tenant: { account: 'Acme', areas: ['account'] },
    visitor: { areas: [] },
};

/** Who asks, by the cookie of the session; all of them have the demo's password. */
export function administratorOf(request) {
    const name = /mock_admin=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    return name in administrators ? { name, csrf: 'token', ...administrators[name] } : { name: null };
}

export function adminRoutes(world) {
    const domainOf = ({ params }) => {
        const found = world.domains.find((one) => one.domain === params[0]);
        if (!found) throw problem(404, 'not-found');
        return found;
    };
    return [
        ['GET', /^\/api\/v1\/admin\/session$/, (request) => json(200, administratorOf(request))],
        ['POST', /^\/api\/v1\/admin\/session$/, async (request) => {
            const { name, password } = await request.json();
            if (!(name in administrators) || password !== 'demo-password') return problem(403, 'wrong-password');
            return json(200, { name, csrf: 'token', ...administrators[name] }, { 'Set-Cookie': `mock_admin=${name}; Path=/; HttpOnly; SameSite=Strict` });
        }],
        ['DELETE', /^\/api\/v1\/admin\/session$/, () => new Answer(204, '', { 'Set-Cookie': 'mock_admin=; Path=/; Max-Age=0' })],
        ['GET', /^\/api\/v1\/admin\/domains$/, () => json(200, { domains: world.domains })],
        ['POST', /^\/api\/v1\/admin\/domains$/, async (request) => addDomain(world, (await request.json()).domain)],
        ['DELETE', /^\/api\/v1\/admin\/domains\/([^/]+)$/, (request) => {
            world.domains.splice(world.domains.indexOf(domainOf(request)), 1);
            return new Answer(204, '');
        }],
        ['POST', /^\/api\/v1\/admin\/domains\/([^/]+)\/verify$/, (request) => (domainOf(request).domain === 'acme.test' ? json(200, Object.assign(domainOf(request), { proven: true })) : problem(409, 'not-proven'))],
        ['POST', /^\/api\/v1\/admin\/domains\/([^/]+)\/test$/, (request) => json(200, testDomain(world, domainOf(request)))],
        ['PUT', /^\/api\/v1\/admin\/domains\/([^/]+)$/, async (request) => {
            const domain = domainOf(request);
            const { tls_replies, on_failure } = await request.json();
            if (tls_replies && !domain.last_test?.ready) return problem(409, 'not-ready');
            Object.assign(domain, { tls_replies, on_failure });
            if (domain.domain === 'acme.test') Object.assign(world.switches, { tls_replies, on_failure });
            world.steps.tls_on ||= tls_replies;
            return json(200, domain);
        }],
        ['GET', /^\/api\/v1\/admin\/domains\/([^/]+)\/sending$/, (request) => json(200, sendingOf(domainOf(request).domain))],
        ['GET', /^\/api\/v1\/admin\/envelopes$/, ({ url }) => json(200, { envelopes: envelopeRows(world, url.searchParams.get('query') ?? ''), next_page: null })],
        ['GET', /^\/api\/v1\/admin\/deliveries$/, () => json(200, { deliveries: world.deliveries, next_page: null })],
        ['POST', /^\/api\/v1\/admin\/deliveries\/([^/]+)\/release$/, ({ params }) => {
            const row = world.deliveries.find((one) => one.id === params[0]);
            row.state = 'queued';
            return new Answer(202, '');
        }],
    ];
}

function sendingOf(domain) {
    return {
        sent_as: 'service', reason: 'spf_not_pass', domain, dkim: '', include: 'keys.test',
        spf: [{ address: '127.0.0.5', result: 'fail', mechanism: '-all', problem: '' }],
        dmarc: { result: 'fail', domain, policy: 'reject', record: 'v=DMARC1; p=reject', problem: '' },
    };
}

export function addDomain(world, domain) {
    if (world.domains.some((one) => one.domain === domain)) return problem(409, 'exists');
    const made = {
        domain, proven: false, tls_replies: false, on_failure: 'envelope', last_test: null,
        proof: { name: `_sealpost.${domain}`, type: 'TXT', value: 'sealpost-verify=4f6c2b9a1e7d40338c5f' },
    };
    world.domains.push(made);
    return json(201, made);
}

export function testDomain(world, domain) {
    const self_signed = world.switches.certificate === 'self_signed';
    const good = { mx: 'mx1.acme.test', preference: 10, address: '127.0.0.1', verdict: 'ok', detail: 'Chain and name verified.', fix: '', ...key, chain: [leaf, intermediate] };
    const bad = { ...good, verdict: 'self_signed', detail: 'The certificate is signed by itself.', fix: 'Install a certificate signed by an authority, with its intermediate.',
        chain: [{ ...leaf, issuer: leaf.subject }] };
    const gap = { mx: 'mx2.other.test', preference: 20, address: '192.0.2.7', verdict: 'missing_intermediate', detail: 'The host sent its own certificate only.',
        fix: 'Install the intermediate certificate "Demo Intermediate" on this host.', ...key, chain: [leaf] };
    const acme = domain.domain === 'acme.test';
    const hosts = acme ? [self_signed ? bad : good] : [good, gap];
    domain.last_test = { at: new Date().toISOString(), ready: acme && !self_signed, problem: null, hosts };
    return domain;
}

function envelopeRows(world, query) {
    return [...world.envelopes.values()].reverse()
        .filter((one) => !query || one.id.includes(query) || one.sender.address.includes(query) || one.recipients.some((to) => to.includes(query)))
        .map(({ id, sender, sent_at, expires_at, state, recipients, releases }) => ({
            id, sender, sent_at, expires_at, state,
            recipients: recipients.map((address) => {
                const first = releases.find((one) => one.address === address);
                return { address, released_at: first?.at ?? null, assurance: first?.assurance ?? null, displayed_at: first?.at ?? null };
            }),
        }));
}

// The mock of the administration API.
import { localTest, verifyByCode } from './domain-tests.mjs';
import { Answer, json, problem } from './http.mjs';

const administrators = {
    admin: { account: 'Acme', areas: ['account', 'mail_policies', 'node'] },
    second: { areas: ['mail_policies', 'node'] },
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
        ['GET', /^\/api\/v1\/admin\/domains$/, (request) => {
            const language = (request.headers['accept-language'] ?? '').slice(0, 2);
            return json(200, { domains: world.domains.map((one) => ({ ...one, last_test: localTest(one.last_test, language === 'fr' ? 'fr' : 'en') })) });
        }],
        ['POST', /^\/api\/v1\/admin\/domains$/, async (request) => addDomain(world, (await request.json()).domain)],
        ['DELETE', /^\/api\/v1\/admin\/domains\/([^/]+)$/, (request) => {
            world.domains.splice(world.domains.indexOf(domainOf(request)), 1);
            return new Answer(204, '');
        }],
        ['POST', /^\/api\/v1\/admin\/domains\/([^/]+)\/verify$/, async (request) => {
            const domain = domainOf(request);
            if (verifyByCode(world, domain, await request.json())) return json(200, domain);
            if (!world.published.has(domain.domain)) return problem(409, 'not-proven', { proof: domain.proof });
            return json(200, Object.assign(domain, { proven: true, proven_by: 'txt' }));
        }],
        ['PUT', /^\/api\/v1\/admin\/domains\/([^/]+)$/, async (request) => {
            const domain = domainOf(request);
            const { tls_replies, on_failure } = await request.json();
            if (tls_replies && !domain.last_test?.ready) return problem(409, 'not-ready');
            Object.assign(domain, { tls_replies, on_failure });
            if (domain.domain === 'acme.test') Object.assign(world.switches, { tls_replies, on_failure });
            world.steps.tls_on ||= tls_replies;
            return json(200, domain);
        }],
        ['GET', /^\/api\/v1\/admin\/domains\/([^/]+)\/stopped$/, (request) => json(200, { waiting: 0, is_all: true, said: '', ...domainOf(request).stopped })],
        ['GET', /^\/api\/v1\/admin\/domains\/([^/]+)\/sending$/, (request) => json(200, sendingOf(domainOf(request).domain))],
        ['GET', /^\/api\/v1\/admin\/envelopes$/, ({ url }) => json(200, { envelopes: envelopeRows(world, url.searchParams.get('query') ?? ''), next_page: null })],
        ['POST', /^\/api\/v1\/admin\/envelopes\/([^/]+)\/(lock|unlock|expiry|recall)$/, (request) => changeEnvelope(world, request)],
        ['GET', /^\/api\/v1\/admin\/deliveries$/, () => json(200, { deliveries: world.deliveries, next_page: null })],
        ['POST', /^\/api\/v1\/admin\/deliveries\/([^/]+)\/release$/, ({ params }) => {
            const row = world.deliveries.find((one) => one.id === params[0]);
            row.state = 'queued';
            return new Answer(202, '');
        }],
    ];
}

/** `side`: as whom; a sender does not prolong an envelope, nor decide about what the account has locked. */
export async function changeEnvelope(world, request, side = 'account') {
    const [id, what] = request.params;
    const envelope = world.envelopes.get(id);
    if (!envelope) return problem(404, 'not-found');
    if (envelope.state === 'expired' || envelope.state === 'erased') return problem(410, envelope.state);
    if (side === 'sender' && envelope.state === 'locked' && envelope.locked_by !== 'sender') return problem(403, 'locked-by-account');
    if (what === 'lock') Object.assign(envelope, { state: 'locked', locked_by: side, reason: (await request.json()).reason });
    if (what === 'unlock') Object.assign(envelope, { state: 'open', reason: '' });
    if (what === 'expiry') {
        const { expires_at } = await request.json();
        if (side === 'sender' && new Date(expires_at) > new Date(envelope.expires_at)) return problem(403, 'not-allowed');
        envelope.expires_at = expires_at;
    }
    if (what === 'recall') envelope.state = 'erased';
    return new Answer(204, '');
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
        domain, proven: false, proven_by: null, tls_replies: false, on_failure: 'envelope', last_test: null, needs_test: false, last_failure: null, contact: null,
        proof: { name: `_sealpost.${domain}`, type: 'TXT', value: 'sealpost-verify=4f6c2b9a1e7d40338c5f' },
    };
    world.domains.push(made);
    return json(201, made);
}

export function envelopeRows(world, query, senders = null) {
    return [...world.envelopes.values()].reverse()
        .filter((one) => !senders || senders.includes(one.sender.address))
        .filter((one) => !query || one.id.includes(query) || one.sender.address.includes(query) || one.recipients.some((to) => to.includes(query)))
        .map(({ id, sender, sent_at, expires_at, state, reason, locked_by, recipients, releases }) => ({
            id, sender, sent_at, expires_at, state, lock_reason: state === 'locked' ? reason : null, locked_by: state === 'locked' ? locked_by ?? 'account' : null,
            recipients: recipients.map((address) => {
                const first = releases.find((one) => one.address === address);
                return { address, released_at: first?.at ?? null, assurance: first?.assurance ?? null, displayed_at: first?.at ?? null };
            }),
        }));
}

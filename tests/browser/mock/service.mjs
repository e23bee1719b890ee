// The mock of the envelope service: the reader's and the portal's calls of doc/spec/key-api.md.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { changeEnvelope, envelopeRows } from './admin.mjs';
import { Answer, json, page, problem, readBytes } from './http.mjs';
import { makeMail } from './mail.mjs';
import { carryReply, deliver, listReplyAll } from './world.mjs';

const { armor } = await import('age-encryption');

export function serviceRoutes(world) {
    return [
        ['GET', /^\/(?:open(?:\/[^/]+)?|security|compose|sent)$/, () => page('reader')],
        ['GET', /^\/portal(?:\/.*)?$/, () => page('portal')],
        ['POST', /^\/ingest$/, (request) => ingest(world, request)],
        ['GET', /^\/api\/v1\/open\/([^/]+)$/, ({ params }) => json(200, cardOf(find(world, params[0])))],
        ['GET', /^\/api\/v1\/open\/([^/]+)\/content$/, ({ params }) => content(find(world, params[0]))],
        ['GET', /^\/api\/v1\/session$/, (request) => json(200, sessionBody(sessionOf(world, request), world.idle_seconds))],
        ['DELETE', /^\/api\/v1\/session$/, () => new Answer(204, '', { 'Set-Cookie': 'mock=; Path=/; Max-Age=0' })],
        ['POST', /^\/api\/v1\/codes$/, (request) => sendCode(world, request)],
        ['POST', /^\/api\/v1\/session$/, (request) => signIn(world, request)],
        ['PUT', /^\/api\/v1\/me\/password$/, async (request) => {
            sessionOf(world, request).person.password = (await request.json()).password;
            return new Answer(204, '');
        }],
        ['DELETE', /^\/api\/v1\/me\/addresses\/([^/]+)$/, (request) => removeAddress(world, request)],
        ['PUT', /^\/api\/v1\/me\/language$/, async (request) => {
            sessionOf(world, request).person.language = (await request.json()).language;
            return new Answer(204, '');
        }],
        ['GET', /^\/api\/v1\/me\/factors$/, () => json(200, { passkeys: [], totp: null, recovery_codes: 0 })],
        ['POST', /^\/api\/v1\/open\/([^/]+)\/release$/, (request) => release(world, request)],
        ['POST', /^\/api\/v1\/open\/([^/]+)\/displayed$/, (request) => {
            findById(world, request.params[0]).envelope.displayed = true;
            return new Answer(204, '');
        }],
        ['POST', /^\/api\/v1\/open\/([^/]+)\/replies$/, (request) => reply(world, request)],
        ['GET', /^\/api\/v1\/sent$/, (request) => json(200, { envelopes: envelopeRows(world, request.url.searchParams.get('query') ?? '', ownAddresses(world, request)), next_page: null })],
        ['POST', /^\/api\/v1\/sent\/([^/]+)\/(lock|unlock|expiry|recall)$/, (request) => {
            const own = ownAddresses(world, request);
            return own.includes(world.envelopes.get(request.params[0])?.sender.address) ? changeEnvelope(world, request, 'sender') : problem(404, 'not-found');
        }],
    ];
}

function ownAddresses(world, request) {
    const { person } = sessionOf(world, request);
    if (!person) throw problem(401, 'not-signed-in');
    return person.addresses;
}

function removeAddress(world, request) {
    const { person, assurance } = sessionOf(world, request);
    const [address] = request.params;
    if (!person) return problem(401, 'not-signed-in');
    if (person.password && assurance === 'mailbox') return problem(403, 'needs-assurance', { assurance: 'account' });
    if (!person.addresses.includes(address)) return problem(404, 'not-found');
    if (person.addresses.length === 1) return problem(409, 'last-address');
    person.addresses.splice(person.addresses.indexOf(address), 1);
    world.people.delete(address);
    return new Answer(204, '');
}

function find(world, ref) {
    const slot = world.tickets.get(ref);
    const envelope = slot ? slot.envelope : world.envelopes.get(ref);
    if (!envelope) throw problem(404, 'not-found');
    return { envelope, slot };
}

/** A ticket finds the envelope and its content. It may be over before somebody has read and written: here it is over at once. */
function findById(world, id) {
    if (world.tickets.has(id)) throw problem(404, 'not-found');
    return find(world, id);
}

async function ingest(world, request) {
    const refusal = await world.hold;
    if (refusal) return refusal;
    const given = (await request.form()).get('envelope');
    const text = typeof given === 'string' ? given : String(await readBytes(given));
    const match = /-----BEGIN AGE ENCRYPTED FILE-----[\s\S]+?-----END AGE ENCRYPTED FILE-----/.exec(text);
    const bytes = match ? Buffer.from(armor.decode(match[0].replace(/\r/g, ''))) : null;
    const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
    const envelope = bytes && [...world.envelopes.values()].find((one) => one.sha256 === sha256);
    if (!envelope) return problem(422, 'not-an-envelope');
    const ticket = randomBytes(32).toString('base64url');
    world.tickets.set(ticket, { envelope, bytes });
    if ((request.headers.accept ?? '').includes('application/json')) return json(201, { ticket, open_path: `/open/${ticket}` });
    return new Answer(303, '', { Location: `/open/${ticket}` });
}

function cardOf({ envelope, slot }) {
    const { id, organisation, sender, sent_at, expires_at, assurance, state, ciphertext, damaged = false, healed = false } = envelope;
    return { id, organisation, sender, sender_domain: envelope.sender_domain ?? 'own', sent_at, expires_at, assurance, state, source: slot ? 'ticket' : envelope.hosted ? 'hosted' : 'none', damaged, healed, size: ciphertext.length };
}

const content = ({ envelope }) => new Answer(200, envelope.spoiled ?? envelope.ciphertext, { 'Content-Type': 'application/octet-stream' });

export function sessionOf(world, request) {
    const key = /mock=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    return world.sessions.get(key) ?? { person: null };
}

function sessionBody({ person, assurance }, idle_seconds = 900) {
    if (!person) return { person: null };
    return { person: { addresses: person.addresses, language: person.language ?? 'en', has_password: Boolean(person.password), factors: { passkeys: 0, totp: false, recovery_codes: 0 } }, csrf: 'token', assurance, idle_seconds, seconds_left: 43_200 };
}

async function sendCode(world, request) {
    const { address, compose = false } = await request.json();
    if (address === 'busy@partner.test') return problem(429, 'too-many-requests', {}, { 'Retry-After': '420' });
    const code = String(randomInt(1e8)).padStart(8, '0');
    const challenge = randomBytes(12).toString('hex');
    world.challenges.set(challenge, { address, code, compose, tries: 5 });
    const text = `Your code: ${code}\nReference: AMBER-RIVER\n`;
    deliver(world, address, makeMail({ from: 'Sealpost <no-reply@keys.test>', to: address, subject: 'Your code (AMBER-RIVER)', text }), { from: 'Sealpost <no-reply@keys.test>', subject: 'Your code (AMBER-RIVER)' });
    return json(202, { challenge, reference: 'AMBER-RIVER', expires_at: new Date(Date.now() + 600e3).toISOString() });
}

async function signIn(world, request) {
    const order = await request.json();
    const present = sessionOf(world, request);
    let person;
    if (order.challenge) {
        if (order.add && present.person?.password && present.assurance === 'mailbox') return problem(403, 'needs-assurance', { assurance: 'account' });
        const challenge = world.challenges.get(order.challenge);
        if (!challenge || challenge.tries === 0) return problem(403, 'expired-code');
        if (challenge.code !== order.code) return problem(403, 'wrong-code', { tries_left: --challenge.tries });
        person = order.add ? present.person : world.people.get(challenge.address) ?? { addresses: [], language: order.language ?? '' };
        if (!person.addresses.includes(challenge.address)) person.addresses.push(challenge.address);
        world.people.set(challenge.address, person);
    } else {
        person = world.people.get(order.address);
        if (!person?.password || person.password !== order.password) return problem(403, 'wrong-password');
    }
    const key = randomBytes(8).toString('hex');
    const session = { person, assurance: order.add ? present.assurance : order.challenge ? 'mailbox' : 'account' };
    world.sessions.set(key, session);
    // A browser that keeps no cookies is one that gets none.
    if (world.keeps_no_cookies) return json(200, sessionBody(session, world.idle_seconds));
    return json(200, sessionBody(session, world.idle_seconds), { 'Set-Cookie': `mock=${key}; Path=/; HttpOnly; SameSite=Lax` });
}

function release(world, request) {
    const { envelope } = findById(world, request.params[0]);
    const { person, assurance } = sessionOf(world, request);
    const by_link = envelope.assurance === 'low';
    if (!person && !by_link) return problem(401, 'not-signed-in');
    const recipient = envelope.recipients.find((one) => person?.addresses.includes(one)) ?? (by_link ? envelope.recipients[0] : undefined);
    if (!recipient) return problem(403, 'not-a-recipient', { addresses: person.addresses });
    if (envelope.assurance === 'account' && assurance !== 'account') return problem(403, 'needs-assurance', { assurance: 'account' });
    if (envelope.state !== 'open') return problem(envelope.state === 'locked' ? 403 : 410, envelope.state, { reason: envelope.reason });
    envelope.releases.push({ address: recipient, at: new Date().toISOString(), assurance });
    if (recipient === 'bob@partner.test') world.steps.opened = true;
    const { identity, subject, rights, receipt } = envelope;
    return json(200, { identity, recipient, subject, rights, receipt, ...(rights.reply_all && { reply_all_to: listReplyAll(envelope, recipient) }) });
}

async function reply(world, request) {
    const { envelope } = findById(world, request.params[0]);
    const { person } = sessionOf(world, request);
    if (!person) return problem(401, 'not-signed-in');
    const recipient = envelope.recipients.find((one) => person?.addresses.includes(one));
    if (!recipient) return problem(403, 'not-a-recipient');
    const refusal = await world.hold;
    if (refusal) return refusal;
    const form = await request.form();
    const order = JSON.parse(form.get('reply'));
    return json(202, await carryReply(world, envelope, { ...order, recipient, files: await filesOf(form) }));
}

export function filesOf(form) {
    return Promise.all(form.getAll('attachment').map(async (file) => ({ name: file.name, type: file.type || 'application/octet-stream', bytes: await readBytes(file) })));
}

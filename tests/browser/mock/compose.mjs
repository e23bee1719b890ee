// The mock of secure compose: who may begin a message, to whom, and the message.
import { json, problem } from './http.mjs';
import { filesOf, sessionOf } from './service.mjs';
import { carryMessage } from './world.mjs';

/** Acme's choice is its administrator's; the clinic lets everybody write. */
const organisationsOf = (world) => [
    { organisation: 'Acme', domains: ['acme.test'], from: world.compose_from },
    { organisation: 'City clinic', domains: ['clinic.test'], from: 'anyone' },
];

const isOf = (address, domains) => domains.some((domain) => address.endsWith(`@${domain}`) || address.endsWith(`.${domain}`));

/** Newest first. */
const writtenBy = (world, organisation, person) => [...world.envelopes.values()].reverse()
    .filter((one) => one.organisation === organisation && one.recipients.some((address) => person.addresses.includes(address)));

export function composeRoutes(world) {
    return [
        ['GET', /^\/api\/v1\/compose$/, (request) => choices(world, sessionOf(world, request))],
        ['POST', /^\/api\/v1\/messages$/, (request) => begin(world, request)],
        ['GET', /^\/api\/v1\/admin\/compose$/, () => json(200, setting(world))],
        ['PUT', /^\/api\/v1\/admin\/compose$/, async (request) => {
            world.compose_from = (await request.json()).from;
            return json(200, setting(world));
        }],
    ];
}

function choices(world, { person }) {
    if (!person) return problem(401, 'not-signed-in');
    const known = organisationsOf(world).map((one) => ({ ...one, envelopes: writtenBy(world, one.organisation, person) })).filter(({ from, envelopes }) => from !== 'nobody' && envelopes.length > 0);
    const senders = known.flatMap(({ domains, envelopes }) => envelopes.map(({ sender }) => sender).filter(({ address }) => isOf(address, domains)));
    return json(200, {
        organisations: known.map(({ organisation, domains }) => ({ organisation, domains })),
        correspondents: [...new Map(senders.map((one) => [one.address, one])).values()],
    });
}

function reaches(world, person, address) {
    const found = organisationsOf(world).find(({ domains }) => isOf(address, domains));
    return found?.from === 'anyone' || (found?.from === 'known' && writtenBy(world, found.organisation, person).length > 0);
}

async function begin(world, request) {
    const { person } = sessionOf(world, request);
    if (!person) return problem(401, 'not-signed-in');
    const refusal = await world.hold;
    if (refusal) return refusal;
    const form = await request.form();
    const order = JSON.parse(form.get('message'));
    const addresses = order.to.filter((address) => !reaches(world, person, address));
    if (addresses.length > 0) return problem(403, 'not-reachable', { addresses });
    const message = { from: order.from ?? person.addresses[0], to: order.to, subject: order.subject, text: order.text, files: await filesOf(form) };
    world.begun.push(message);
    return json(202, await carryMessage(world, message));
}

const setting = (world) => ({ from: world.compose_from, domains: [...new Set(['acme.test', ...world.domains.filter((one) => one.proven).map((one) => one.domain)])] });

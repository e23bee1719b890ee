// The mock of the demo's own API, doc/spec/demo-api.md.
import { Answer, json, page, problem, readBytes } from './http.mjs';
import { isReady, keepTest } from './domain-tests.mjs';
import { makeMail } from './mail.mjs';
import { deliver, seal } from './world.mjs';

export function demoRoutes(world) {
    return [
        ['GET', /^\/$|^\/write$|^\/mail\/.*$/, () => page('inbox')],
        ['GET', /^\/demo\/state$/, () => json(200, stateOf(world))],
        ['GET', /^\/demo\/mailboxes\/([^/]+)\/messages$/, ({ params }) => json(200, { messages: [...boxOf(world, params[0])].reverse().map(summaryOf) })],
        ['GET', /^\/demo\/mailboxes\/([^/]+)\/messages\/(\d+)$/, ({ params }) => json(200, summaryOf(mailOf(world, params)))],
        ['GET', /^\/demo\/mailboxes\/([^/]+)\/messages\/(\d+)\/raw$/, ({ params }) => new Answer(200, mailOf(world, params).raw, { 'Content-Type': 'message/rfc822' })],
        ['GET', /^\/demo\/mailboxes\/([^/]+)\/messages\/(\d+)\/page$/, ({ params }) => new Answer(200, mailOf(world, params).page, {
            'Content-Type': 'text/html', 'Content-Security-Policy': 'sandbox allow-forms allow-scripts allow-popups allow-popups-to-escape-sandbox',
        })],
        ['POST', /^\/demo\/send$/, (request) => send(world, request)],
        ['POST', /^\/demo\/switch$/, async (request) => flip(world, await request.json())],
    ];
}

function stateOf(world) {
    const names = { 'alice@acme.test': ['Alice', 'Acme'], 'bob@partner.test': ['Bob', 'Partner'] };
    return {
        service_url: world.service_url, portal: { url: `${world.service_url}/portal`, name: 'admin', password: 'demo-password' },
        mailboxes: [...world.mailboxes].map(([address, mails]) => ({ address, name: names[address][0], organisation: names[address][1], messages: mails.length })),
        smtp: { submission: 'localhost:2587', public: 'localhost:2525', user: 'alice@acme.test', password: 'alice-password' },
        switches: world.switches, steps: world.steps, last_delivery: world.last_delivery,
    };
}

function boxOf(world, address) {
    const box = world.mailboxes.get(address);
    if (!box) throw problem(404, 'not-found');
    return box;
}

function mailOf(world, [address, n]) {
    const mail = boxOf(world, address)[n - 1];
    if (!mail) throw problem(404, 'not-found');
    return mail;
}

const summaryOf = ({ n, from, subject, at, size, has_page, tls }) => ({ n, from, subject, at, size, has_page, tls });

async function send(world, request) {
    const form = await request.form();
    const subject = form.get('subject');
    const to = form.get('to');
    if (!world.mailboxes.has(to)) return problem(422, 'refused', { detail: `550 5.1.1 <${to}>: no such mailbox` });
    const files = await Promise.all(form.getAll('attachment').map(async (file) => ({ name: file.name, bytes: await readBytes(file) })));
    const from = form.get('from');
    const raw = makeMail({ from: `Alice <${from}>`, to, subject: subject.replace('[secure] ', ''), text: form.get('text'), files });
    if (subject.startsWith('[secure] ')) await seal(world, { from, name: 'Alice', organisation: 'Acme', to, subject: subject.replace('[secure] ', ''), raw });
    else deliver(world, to, raw, { from: `Alice <${from}>`, subject });
    Object.assign(world.steps, { sent: true, notified: true });
    return json(202, { reply: '250 2.0.0 queued as 42' });
}

function flip(world, { name, value }) {
    const domain = world.domains.find((one) => one.domain === 'acme.test');
    if (name === 'tls_replies' && value) keepTest(world, domain.domain, 'asked');
    if (name === 'tls_replies' && value && !isReady(world, domain.domain)) return problem(409, 'not-ready');
    world.switches[name] = value;
    if (name === 'tls_replies') domain.tls_replies = value;
    if (name === 'tls_replies' && value) world.steps.tls_on = true;
    if (name === 'on_failure') domain.on_failure = value;
    if (name === 'certificate' && value === 'self_signed') world.steps.certificate_swapped = true;
    return json(200, stateOf(world));
}

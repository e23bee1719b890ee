// The mock world: envelopes, people, domains and mailboxes in memory, with real age envelopes.
import { createHash, randomBytes, webcrypto } from 'node:crypto';
globalThis.crypto ??= webcrypto;
const { Encrypter, armor, generateX25519Identity, identityToRecipient } = await import('age-encryption');
import { makeMail } from './mail.mjs';

const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true, fingerprint: 'a3'.repeat(32) };

export function makeWorld() {
    return {
        service_url: '', demo_url: '',
        envelopes: new Map(), tickets: new Map(), challenges: new Map(), people: new Map(), sessions: new Map(),
        domains: [], deliveries: [], last_delivery: null,
        compose_from: 'known', begun: [],
        mailboxes: new Map([['alice@acme.test', []], ['bob@partner.test', []]]),
        switches: { tls_replies: false, certificate: 'signed', on_failure: 'envelope' },
        steps: { sent: false, notified: false, opened: false, replied_sealed: false, tls_on: false, replied_clear: false, certificate_swapped: false, failure_seen: false },
    };
}

export function base32id() {
    const letters = 'abcdefghijklmnopqrstuvwxyz234567';
    return [...randomBytes(26)].map((octet) => letters[octet % 32]).join('');
}

export function deliver(world, address, raw, facts) {
    const box = world.mailboxes.get(address);
    if (!box) return;
    box.push({ n: box.length + 1, at: new Date().toISOString(), raw, size: raw.length, has_page: false, tls: null, page: null, ...facts });
}

export async function seal(world, { from, name, organisation, to, subject, raw, rights, assurance = 'mailbox', hosted = true, expires_in_days = 30 }) {
    const identity = await generateX25519Identity();
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(identity));
    const ciphertext = Buffer.from(await encrypter.encrypt(raw));
    const envelope = {
        id: base32id(), identity, ciphertext, sha256: createHash('sha256').update(ciphertext).digest('hex'), organisation, sender: { address: from, name },
        subject, recipients: [to], assurance, hosted, sent_at: new Date().toISOString(), state: 'open', reason: '',
        expires_at: new Date(Date.now() + expires_in_days * 86400e3).toISOString(), releases: [],
        rights: rights ?? { reply: true, reply_all: true, forward: true }, receipt: true,
    };
    world.envelopes.set(envelope.id, envelope);
    const page = makePage(world, envelope, armor.encode(ciphertext));
    const link = `${world.service_url}/open/${envelope.id}`;
    const mail = makeMail({
        from: `${name} <${from}>`, to, subject, text: `${organisation} sent you a sealed message.\n\nOpen message.html, or follow ${link}\n`,
        html: `<p><strong>${organisation}</strong> sent you a sealed message.</p><p><a href="${link}">Open the message</a> or open the attachment <em>message.html</em>.</p>`,
        files: [{ name: 'message.html', type: 'text/html', bytes: page }],
    });
    deliver(world, to, mail, { from: `${name} <${from}>`, subject, has_page: true, page, tls });
    return envelope;
}

function makePage(world, envelope, armored) {
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sealed message</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action ${world.service_url}"></head>
<body><h1>A sealed message from ${envelope.organisation}</h1>
<form method="post" enctype="multipart/form-data" action="${world.service_url}/ingest"><textarea name="envelope" hidden>${armored}</textarea><button>Open</button></form></body></html>`;
}

const identity = {
    sent_as: 'person', reason: 'authorised', domain: 'partner.test', dkim: '',
    spf: [{ address: '127.0.0.5', result: 'pass', mechanism: 'include:keys.test', problem: '' }],
    dmarc: { result: 'pass', domain: 'partner.test', policy: 'reject', record: 'v=DMARC1; p=reject', problem: '' },
};

export function listReplyAll(envelope, own) {
    return [envelope.sender.address, ...envelope.recipients.filter((address) => address !== own && address !== envelope.sender.address)];
}

export async function carryReply(world, envelope, { recipient, mode, to, subject, text, files }) {
    const addresses = mode === 'forward' ? to : mode === 'reply_all' ? listReplyAll(envelope, recipient) : [envelope.sender.address];
    return carryMessage(world, { from: recipient, to: addresses, subject, text, files });
}

export async function carryMessage(world, { from, to, subject, text, files }) {
    const raw = makeMail({ from, to: to.join(', '), subject, text, files });
    const deliveries = [];
    for (const address of to) deliveries.push(await carryOne(world, { address, recipient: from, subject, raw }));
    return { message_id: `<${base32id()}@keys.test>`, sent_as: identity.sent_as, sent_as_reason: identity.reason, deliveries };
}

async function carryOne(world, { address, recipient, subject, raw }) {
    const { tls_replies, certificate, on_failure } = world.switches;
    const domain = address.split('@')[1];
    const intends_tls = tls_replies && domain === 'acme.test';
    const row = { id: base32id(), time: new Date().toISOString(), from: recipient, to: address, host: 'mx1.acme.test', sent_as: identity.sent_as, identity };
    if (intends_tls && certificate === 'signed') {
        deliver(world, address, raw, { from: recipient, subject, tls });
        record(world, { ...row, way: 'tls', state: 'delivered', tls, detail: '250 2.0.0 accepted' });
        world.steps.replied_clear = true;
    } else if (intends_tls && on_failure !== 'envelope') {
        const state = on_failure === 'hold' ? 'held' : 'bounced';
        record(world, { ...row, way: 'tls', state, tls: { ...tls, verified: false }, detail: 'The certificate of mx1.acme.test is self-signed.' });
        world.steps.failure_seen = true;
    } else {
        await seal(world, { from: recipient, name: 'Bob', organisation: 'Partner', to: address, subject, raw });
        record(world, { ...row, way: 'envelope', state: 'delivered', tls, detail: intends_tls ? 'Sealed, since the certificate could not be verified.' : '' });
        if (intends_tls) world.steps.failure_seen = true;
        else world.steps.replied_sealed = true;
    }
    return { address, way: intends_tls ? 'tls' : 'envelope', domain };
}

function record(world, row) {
    world.deliveries.unshift(row);
    const { id, time, ...rest } = row;
    world.last_delivery = { at: time, ...rest };
}

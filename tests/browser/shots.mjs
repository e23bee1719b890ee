// Pictures of every page against the mock, to be looked at: node shots.mjs OUT_DIR. Both languages,
// both colour schemes, wide and 360 px. Reports barriers (axe) and sideways scrolling as it goes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from './drivers/chromium.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { carryReply, seal } from './mock/world.mjs';

const out = process.argv[2] ?? 'test-results/shots';
mkdirSync(out, { recursive: true });
const { world, close } = await startMock();

const html = '<h2>Contract</h2><p style="color:#225">Dear Bob, the <b>contract</b> is attached. <a href="https://example.org/">More</a></p>'
    + '<p><img src="cid:logo" alt="logo" width="40"><img src="https://tracker.example.org/x.png" alt="remote"></p><script>parent.document.title="broken"</script>'
    + '<svg onload="alert(1)"></svg><form action="https://example.org/"><input name="q"></form><style>body{display:none}</style>';
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const raw = makeMail({ from: 'Alice <alice@acme.test>', to: 'Bob <bob@partner.test>, Carol <carol@partner.test>', subject: 'Contract for the new warehouse', text: 'Dear Bob,\n\nthe contract is attached.', html,
    files: [{ name: 'contract.pdf', type: 'application/pdf', bytes: Buffer.alloc(120000, 7) }, { name: 'logo.png', type: 'image/png', bytes: png, content_id: 'logo' }] });
const base = { from: 'alice@acme.test', name: 'Alice Anderson', organisation: 'Acme Corporation', to: 'bob@partner.test', subject: 'Contract for the new warehouse', raw };
const open = await seal(world, base);
const healed = Object.assign(await seal(world, base), { healed: true });
const damaged = Object.assign(await seal(world, base), { damaged: true });
const expired = Object.assign(await seal(world, base), { state: 'expired' });
const locked = Object.assign(await seal(world, base), { state: 'locked' });
const spoiled = await seal(world, base);
spoiled.spoiled = Buffer.from(spoiled.ciphertext);
spoiled.spoiled[spoiled.spoiled.length - 5] ^= 1;
const other = await seal(world, { ...base, to: 'carol@partner.test' });
const strict = await seal(world, { ...base, assurance: 'account' });

const looks = [
    { tag: 'wide-light-en', viewport: { width: 1100, height: 800 }, colorScheme: 'light', locale: 'en-GB' },
    { tag: 'phone-dark-fr', viewport: { width: 360, height: 740 }, colorScheme: 'dark', locale: 'fr-FR' },
    { tag: 'phone-light-en', viewport: { width: 360, height: 740 }, colorScheme: 'light', locale: 'en-GB' },
    { tag: 'wide-dark-fr', viewport: { width: 1100, height: 800 }, colorScheme: 'dark', locale: 'fr-FR' },
].filter((look) => !process.argv[3] || look.tag.includes(process.argv[3]));

const browser = await launchChromium(out);
let faults = 0;
for (const look of looks) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const take = async (name) => {
        // A frame paints a little after its page; these are pictures, not tests.
        await new Promise((done) => setTimeout(done, 250));
        await page.call(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        await page.shot(join(out, `${look.tag}-${name}.png`));
        const barriers = await page.findBarriers();
        const wide = await page.isTooWide();
        if (barriers || wide || page.errors.length) {
            faults += 1;
            console.log(`${look.tag} ${name}: ${wide ? 'TOO WIDE ' : ''}${barriers}${page.errors.splice(0).join(' | ')}`);
        }
    };
    await readerShots(page, take);
    await portalShots(page, take);
    await inboxShots(page, take);
    await person.close();
}
await browser.close();
close();
console.log(`${faults} views with faults`);

async function readerShots(page, take) {
    const at = (path) => page.goto(`${world.service_url}${path}`);
    await at('/open');
    await page.waitFor('#drop-file');
    await take('drop');
    await at('/open/unknown');
    await page.waitFor('.notice');
    await take('unknown');
    for (const [name, envelope] of Object.entries({ damaged, expired, locked })) {
        await at(`/open/${envelope.id}`);
        await page.waitFor('.notice');
        await take(name);
    }
    await at(`/open/${open.id}`);
    await page.waitFor('#address');
    await take('prove');
    await page.type('#address', 'bob@partner.test');
    await page.click('[data-part=prove] button[type=submit]');
    await page.waitFor('#code');
    await page.type('#code', '00000000');
    await page.click('[data-part=code] button[type=submit]');
    await page.waitFor('.notice.bad');
    await take('code-wrong');
    await page.type('#code', [...world.challenges.values()].at(-1).code);
    await page.click('[data-part=code] button[type=submit]');
    await page.waitFor('[data-part=message]');
    await take('message');
    await page.click('.message-head ~ section button.plain');
    await page.waitFor('[data-part=text]');
    await page.click('[data-action=reply_all]');
    await page.waitFor('#text');
    await take('reply');
    await page.click('[data-action=send]');
    await page.waitFor('[data-part=sent]');
    await take('sent');
    for (const [name, envelope, part] of [['signed-in', open, ''], ['healed', healed, '[data-part=message]'], ['other', other, '[data-part=not-recipient]'], ['spoiled', spoiled, '.notice.bad'], ['strict', strict, '[data-part=choose-password]']]) {
        await at(`/open/${envelope.id}`);
        await page.waitFor('[data-part=signed-in] button');
        if (part) {
            await page.click('[data-part=signed-in] button');
            await page.waitFor(part);
        }
        await take(name);
    }
}

async function portalShots(page, take) {
    await page.goto(`${world.service_url}/portal`);
    await until_signed_out(page);
    await take('portal-sign-in');
    await page.type('#admin-name', 'admin');
    await page.type('#admin-password', 'demo-password');
    await page.click('[data-part=sign-in] button');
    await page.waitFor('[data-domain="acme.test"]');
    if (!world.domains.some((one) => one.domain === 'other.test')) {
        await page.type('#new-domain', 'other.test');
        await page.click('[data-part=add-domain] button');
    }
    await page.waitFor('[data-domain="other.test"]');
    for (const domain of ['acme.test', 'other.test']) {
        await page.click(`[data-domain="${domain}"] [data-action=test]`);
        await page.waitFor(`[data-domain="${domain}"] [data-part=test-result]`);
    }
    const envelope = open;
    world.switches = { tls_replies: true, certificate: 'signed', on_failure: 'hold' };
    await carryReply(world, envelope, { recipient: 'bob@partner.test', mode: 'reply', to: [], subject: 'Re: x', text: 'x', files: [] });
    world.switches.certificate = 'self_signed';
    await carryReply(world, envelope, { recipient: 'bob@partner.test', mode: 'reply', to: [], subject: 'Re: x', text: 'x', files: [] });
    world.switches.certificate = 'signed';
    await page.click('[data-part=deliveries] button');
    await page.waitFor('[data-state=held]');
    await take('portal-domains');
    await page.goto(`${world.service_url}/portal/envelopes`);
    await page.waitFor('[data-envelope]');
    await take('portal-envelopes');
    await page.goto(`${world.service_url}/portal/spf`);
    await page.waitFor('#spf-domains option');
    await page.click('[data-action=advise]');
    await page.waitFor('[data-part=spf-advice]');
    await take('portal-spf');
    await page.click('[data-action=sign-out]');
    await page.waitFor('#admin-name');
}

async function until_signed_out(page) {
    await page.waitFor('#admin-name');
}

async function inboxShots(page, take) {
    await page.goto(world.demo_url);
    await page.waitFor('.steps');
    await take('story');
    await page.goto(`${world.demo_url}/write`);
    await page.waitFor('#subject');
    await take('write');
    await page.goto(`${world.demo_url}/mail/bob%40partner.test`);
    await page.waitFor('.mail');
    await take('mailbox');
    await page.goto(`${world.demo_url}/mail/bob%40partner.test/1`);
    await page.waitFor('[data-part=message]');
    await take('mail');
}

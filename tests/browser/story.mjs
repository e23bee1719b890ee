// The whole story in real browsers against a running demo world:
//   SEALPOST_DEMO_URL=http://localhost:PORT node story.mjs [chromium|firefox]...
// Written once, for any browser; drivers/ hold the differences. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as actor from './actors.mjs';
import { launchChromium } from './drivers/chromium.mjs';
import { launchFirefox } from './drivers/firefox.mjs';
import { until } from './drivers/page.mjs';
import { DemoWorld } from './world.mjs';

const launchers = { chromium: launchChromium, firefox: launchFirefox };
const alice = 'alice@acme.test';
const bob = 'bob@partner.test';
const large_bytes = 20 * 1024 * 1024;

const counts = { passed: 0, failed: 0 };

async function step(browser, sentence, run, page) {
    const began = Date.now();
    try {
        await run();
        counts.passed += 1;
        console.log(`ok   ${browser.name}: ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
        counts.failed += 1;
        console.log(`FAIL ${browser.name}: ${sentence}\n     ${error.stack}\n     page said: ${page?.errors.slice(-5).join(' | ') ?? ''}`);
        const shots = process.env.SEALPOST_SHOTS;
        if (shots && page) {
            mkdirSync(shots, { recursive: true });
            await page.shot(join(shots, `${browser.name}-${counts.passed + counts.failed}.png`)).catch(() => {});
        }
    }
}

function makeFiles(folder) {
    const make = (name, size) => {
        const path = join(folder, name);
        writeFileSync(path, randomBytes(size));
        return { name, path };
    };
    return { contract: make('contract.pdf', 70001), answer: make('answer.bin', 30003), large: make('large.bin', large_bytes) };
}

async function play(browser, world, folder) {
    const files = makeFiles(folder);
    const tag = `${browser.name} ${Date.now() % 100000}`;
    const people = [await browser.newPerson(), await browser.newPerson(), await browser.newPerson()];
    const [demo_page, bob_page, admin_page] = await Promise.all(people.map((one) => one.newPage()));
    const alice_page = demo_page;
    const scene = { browser, world, files, tag, demo_page, alice_page, bob_page, admin_page };
    await world.flip('certificate', 'signed');
    await world.flip('tls_replies', false);
    await world.flip('on_failure', 'envelope');

    await playSealedWay(scene);
    await playClearWay(scene);
    await playCompose({ ...scene, bob_page: await people[1].newPage() });
    await playBrokenCertificate(scene);
    await playOtherDoors(scene);
    await playPages(scene);
    for (const one of people) await one.close();
}

async function playSealedWay({ browser, world, files, tag, demo_page, alice_page, bob_page }) {
    const subject = `Contract ${tag}`;
    let notified;
    await step(browser, 'Alice sends a message that the gateway seals, and Bob is notified', async () => {
        const before = await world.newest(bob);
        await actor.write(demo_page, world, { subject: `[secure] ${subject}`, text: `The contract, ${tag}.`, files: [files.contract.path] });
        await actor.assertNoBarriers(demo_page, 'writing');
        notified = await world.arrival(bob, before, (one) => one.has_page);
    }, demo_page);
    await step(browser, 'Bob opens the attachment from his disk, proves his address, and reads', async () => {
        await actor.openByAttachment(bob_page, world, bob, notified.n);
        await bob_page.waitForText('[data-part=card]', 'alice@acme.test');
        await bob_page.waitFor('#address');
        await actor.assertNoBarriers(bob_page, 'envelope card');
        await actor.proveAddress(bob_page, world, bob);
        await actor.assertMessage(bob_page, { subject, text: `The contract, ${tag}.`, file: files.contract });
        await actor.assertNoBarriers(bob_page, 'message');
    }, bob_page);
    let sealed;
    await step(browser, 'Bob replies while TLS replies are off, and Alice gets an envelope', async () => {
        const before = await world.newest(alice);
        assert.equal(await actor.reply(bob_page, { text: `Sealed answer ${tag}`, files: [files.answer.path] }), 'envelope');
        sealed = await world.arrival(alice, before);
        assert.ok(sealed.has_page, 'what arrives is an envelope');
    }, bob_page);
    await step(browser, 'Alice opens the reply by its link and finds text and file intact', async () => {
        await actor.openByLink(alice_page, world, alice, sealed.n);
        await actor.proveAddress(alice_page, world, alice);
        await actor.assertMessage(alice_page, { subject, text: `Sealed answer ${tag}`, file: files.answer });
    }, alice_page);
}

async function playClearWay({ browser, world, files, tag, demo_page, bob_page, admin_page }) {
    await step(browser, 'the administrator tests acme.test and switches TLS replies on', async () => {
        await actor.signInToPortal(admin_page, world);
        assert.equal(await actor.testDomain(admin_page, 'acme.test'), true, 'the test passes');
        await admin_page.click('[data-domain="acme.test"] [data-action=tls-replies]');
        await until('the switch to hold', async () => (await world.state()).switches.tls_replies);
        await actor.assertNoBarriers(admin_page, 'domains');
    }, admin_page);
    await step(browser, 'Bob replies again, and Alice reads it in clear, brought by verified TLS', async () => {
        const before = await world.newest(alice);
        assert.equal(await actor.reply(bob_page, { text: `Clear answer ${tag}`, files: [files.answer.path] }), 'tls');
        const clear = await world.arrival(alice, before);
        assert.equal(clear.has_page, false, 'it is no envelope');
        assert.equal(clear.tls?.verified, true, 'the certificate was verified on the connection');
        await demo_page.goto(`${world.url}/mail/${encodeURIComponent(alice)}/${clear.n}`);
        await demo_page.waitForText('[data-part=brought-by]', 'TLSv1');
        await actor.assertMessage(demo_page, { subject: tag, text: `Clear answer ${tag}`, file: files.answer });
        await actor.assertNoBarriers(demo_page, 'a message in the demo');
    }, demo_page);
    await step(browser, 'the portal says under whose name the reply left, and advises acme.test, which does not let the service', async () => {
        await admin_page.click('[data-part=deliveries] button');
        await admin_page.waitFor('tr[data-way=tls] [data-sent-as=person]');
        await admin_page.waitForText('[data-domain="acme.test"] [data-part=sending][data-sent-as=service]', 'include:keys.test');
        await actor.assertNoBarriers(admin_page, 'the advice about sending');
    }, admin_page);
}

/** In another tab of Bob's browser, where he is signed in; the message stays open in the first one. */
async function playCompose({ browser, world, files, tag, bob_page, admin_page }) {
    const { service_url } = await world.state();
    const part = '[data-part=compose-setting]';
    await step(browser, 'Bob begins a message to Alice, is told who is out of reach, and it arrives with its attachment', async () => {
        const before = await world.newest(alice);
        await bob_page.goto(`${service_url}/compose?to=${alice}`);
        await bob_page.waitForText('[data-part=reach]', 'acme.test');
        await actor.assertNoBarriers(bob_page, 'a new message');
        await bob_page.type('#to', `${alice}, dave@elsewhere.test`);
        await bob_page.type('#subject', `Begun ${tag}`);
        await bob_page.type('#text', `Begun by Bob, ${tag}.`);
        await bob_page.chooseFiles('#files', [files.answer.path]);
        await bob_page.waitFor('.files button');
        await bob_page.click('[data-action=send]');
        await bob_page.waitForText('#to-bad', 'dave@elsewhere.test');
        await actor.assertNoBarriers(bob_page, 'out of reach');
        await bob_page.type('#to', alice);
        await bob_page.click('[data-action=send]');
        await bob_page.waitFor('[data-part=sent]', 120000);
        const begun = await world.arrival(alice, before, (one) => one.subject.includes(`Begun ${tag}`));
        assert.equal(begun.has_page, false, 'it is no envelope');
        const { text, attachments } = await world.mail(alice, begun.n);
        assert.ok(text.includes(`Begun by Bob, ${tag}.`));
        const file = attachments.find((one) => one.filename === files.answer.name);
        assert.equal(actor.hash(Buffer.from(file.content)), actor.hash(readFileSync(files.answer.path)), 'the file survives byte for byte');
    }, bob_page);
    await step(browser, 'the administrator lets nobody begin a message, and Bob reaches nobody until that is taken back', async () => {
        const choose = async (from) => {
            await admin_page.click(`${part} input[value=${from}]`);
            await until(`${from} to be saved`, async () => {
                await bob_page.goto(`${service_url}/compose`);
                return bob_page.waitFor(from === 'nobody' ? '[data-part=nobody]' : '[data-part=reach]', 5000).catch(() => false);
            });
        };
        await admin_page.waitForText(`${part} [data-part=compose-domains]`, 'acme.test');
        await choose('nobody');
        await actor.assertNoBarriers(bob_page, 'nobody to suggest');
        await choose('known');
    }, bob_page);
}

async function playBrokenCertificate({ browser, world, files, tag, demo_page, bob_page, admin_page }) {
    await step(browser, 'with a self-signed certificate the reply is sealed, not sent in clear', async () => {
        await demo_page.goto(world.url);
        await demo_page.click('[data-switch=certificate]');
        await until('the certificate to be swapped', async () => (await world.state()).switches.certificate === 'self_signed');
        const before = await world.newest(alice);
        await actor.reply(bob_page, { text: `Unverified answer ${tag}`, files: [files.answer.path] });
        const fallen = await world.arrival(alice, before);
        assert.ok(fallen.has_page, 'what arrives is an envelope');
    }, bob_page);
    await step(browser, 'the portal shows that the self-signed certificate fails the test', async () => {
        assert.equal(await actor.testDomain(admin_page, 'acme.test'), false, 'the test fails');
        await admin_page.waitFor('[data-verdict=self_signed] .chain .faulty');
        await actor.assertNoBarriers(admin_page, 'a failed test');
    }, admin_page);
    await step(browser, 'with the choice "hold" the reply waits and the portal offers its release', async () => {
        await world.flip('on_failure', 'hold');
        const before = await world.newest(alice);
        await actor.reply(bob_page, { text: `Held answer ${tag}`, files: [files.answer.path] });
        await until('a held delivery', async () => (await world.state()).last_delivery?.state === 'held', 60000);
        await admin_page.click('[data-part=deliveries] button');
        await admin_page.waitFor('tr[data-state=held] button');
        assert.equal(await world.newest(alice), before, 'nothing has arrived');
    }, admin_page);
    await world.flip('certificate', 'signed');
    await world.flip('on_failure', 'envelope');
}

async function playOtherDoors({ browser, world, files, tag, demo_page, bob_page }) {
    const subject = `Large ${tag}`;
    const text = `Twenty mebibytes, ${tag}.`;
    let notified;
    await step(browser, 'Alice sends 20 MiB', async () => {
        const before = await world.newest(bob);
        await actor.write(demo_page, world, { subject: `[secure] ${subject}`, text, files: [files.large.path] });
        notified = await world.arrival(bob, before, (one) => one.has_page, 120000);
    }, demo_page);
    await step(browser, 'Bob opens them by dropping the attachment, byte for byte', async () => {
        await actor.openByDrop(bob_page, world, bob, notified.n);
        await actor.openWithSession(bob_page);
        await actor.assertMessage(bob_page, { subject, text, file: files.large });
    }, bob_page);
    await step(browser, 'Bob opens them by the link too', async () => {
        await actor.openByLink(bob_page, world, bob, notified.n);
        await actor.openWithSession(bob_page);
        await actor.assertMessage(bob_page, { subject, text });
    }, bob_page);
}

async function playPages({ browser, world, demo_page, admin_page, bob_page }) {
    const { service_url } = await world.state();
    await step(browser, 'the pages speak French when asked, and axe finds no barrier in them', async () => {
        await demo_page.goto(world.url);
        await demo_page.click('[data-language=fr]');
        await demo_page.waitForText('h1', 'Le recommandé');
        await demo_page.waitFor('html[lang=fr]');
        await actor.assertNoBarriers(demo_page, 'story');
        await demo_page.goto(`${world.url}/mail/${encodeURIComponent(bob)}`);
        await demo_page.waitFor('.mail');
        await actor.assertNoBarriers(demo_page, 'mailbox');
        await bob_page.goto(`${service_url}/open`);
        await bob_page.click('[data-language=fr]');
        await bob_page.waitForText('h1', 'Ouvrir un message');
        await actor.assertNoBarriers(bob_page, 'drop door');
    }, demo_page);
    await step(browser, 'an unknown envelope and a file that is none are told apart in plain words', async () => {
        await bob_page.goto(`${service_url}/open/${'a'.repeat(26)}`);
        await bob_page.waitFor('.notice.bad');
        await actor.assertNoBarriers(bob_page, 'unknown envelope');
        await bob_page.goto(`${service_url}/open`);
        await bob_page.waitFor('[data-part=drop]');
        await bob_page.drop('[data-part=drop]', 'holiday.html', Buffer.from('<p>no envelope</p>').toString('base64'));
        await bob_page.waitFor('.notice.bad');
    }, bob_page);
    await step(browser, 'the portal lists the envelopes and who opened them', async () => {
        await admin_page.click('.portal-nav a[href="/portal/envelopes"]');
        await admin_page.waitFor('[data-envelope]');
        await actor.assertNoBarriers(admin_page, 'envelopes');
        await admin_page.click('[data-action=sign-out]');
        await admin_page.waitFor('#admin-name');
    }, admin_page);
}

const url = process.env.SEALPOST_DEMO_URL;
if (!url) {
    console.error('SEALPOST_DEMO_URL must name the demo page, such as http://localhost:8000');
    process.exit(2);
}
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(launchers)) {
    const folder = mkdtempSync(join(tmpdir(), 'sealpost-story-'));
    try {
        const browser = await launchers[name](folder);
        await play(browser, new DemoWorld(url), folder);
        await browser.close();
    } catch (error) {
        counts.failed += 1;
        console.log(`FAIL ${name}: the story broke off\n     ${error.stack}`);
    }
    rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 ? 1 : 0);

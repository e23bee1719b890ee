// What Alice, Bob and the administrator do in a browser, in the words of the story.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

const own_file = (name) => `[data-file="${name}"] button`;

export async function assertNoBarriers(page, where) {
    assert.equal(await page.findBarriers(), '', `axe finds barriers: ${where}`);
}

/** Alice writes in the demo's page; resolves when the gateway has said 250. */
export async function write(page, world, { subject, text, files }) {
    await page.goto(`${world.url}/write`);
    await page.type('#subject', subject);
    await page.type('#text', text);
    await page.chooseFiles('#files', files);
    await page.waitFor('.files li');
    await page.click('[data-action=send]');
    await page.waitFor('.notice.good', 120000);
    assert.match(await page.text('.notice.good code'), /^250/);
}

/** A ticket, or the id that takes its place where the service has a copy. */
const handed_in = /\/open\/([A-Za-z0-9_-]{43}|[a-z2-7]{26})$/;

/** Saves the attached page to disk, as a mail program does, and opens it there as file://. */
export async function openByAttachment(page, world, address, n) {
    await page.goto(`${world.url}/mail/${encodeURIComponent(address)}/${n}`);
    const saved = await page.download('[data-file$=".html"] button');
    await page.goto(pathToFileURL(saved).href);
    await page.click('form button');
    await page.waitForUrl(handed_in);
}

export async function openByLink(page, world, address, n) {
    await page.goto(await world.link(address, n));
}

export async function openByDrop(page, world, address, n) {
    const { service_url } = await world.state();
    await page.goto(`${service_url}/open`);
    await page.waitFor('[data-part=drop]');
    await page.drop('[data-part=drop]', 'message.html', await world.pageOf(address, n));
    await page.waitForUrl(handed_in);
}

/** Proves the address with the code from the mailbox, after one wrong code. */
export async function proveAddress(page, world, address) {
    const before = await world.newest(address);
    await page.type('#address', address);
    await page.click('[data-part=prove] button[type=submit]');
    const reference = (await page.text('[data-part=reference]')).trim();
    const code = await world.code(address, before, reference);
    await page.type('#code', code === '00000000' ? '11111111' : '00000000');
    await page.click('[data-part=code] button[type=submit]');
    await page.waitFor('[data-part=code] .notice.bad');
    await assertNoBarriers(page, 'code form with a wrong code');
    await page.type('#code', code);
    await page.click('[data-part=code] button[type=submit]');
}

/** With a session already there, one button opens. */
export async function openWithSession(page) {
    await page.click('[data-part=signed-in] button');
}

export async function assertMessage(page, { subject, text, file }) {
    await page.waitFor('[data-part=message]', 120000);
    assert.ok((await page.text('h1')).includes(subject), 'the subject is shown');
    if (await page.has('[data-part=html]')) await assertFrame(page);
    if (await page.has('[data-part=html]')) await page.click('[data-part=message] button.plain');
    await page.waitForText('[data-part=text]', text);
    if (file) await assertFile(page, file);
}

/** The frame of a formatted message is closed: no script, and an origin that is nobody's. */
async function assertFrame(page) {
    assert.equal(await page.attribute('[data-part=html]', 'sandbox'), 'allow-popups allow-popups-to-escape-sandbox');
    assert.equal(await page.call(() => document.querySelector('[data-part=html]').contentDocument), null);
}

async function assertFile(page, { name, path }) {
    const saved = await page.download(own_file(name));
    assert.equal(hash(readFileSync(saved)), hash(readFileSync(path)), `${name} survives byte for byte`);
}

/** Replies to the open message; gives the way that the result page promises. */
export async function reply(page, { text, files }) {
    await page.click('[data-action=reply]');
    await page.type('#text', text);
    await page.chooseFiles('#reply-files', files);
    await page.waitFor('.files li');
    await assertNoBarriers(page, 'reply form');
    await page.click('[data-action=send]');
    await page.waitFor('[data-part=sent]', 120000);
    await assertNoBarriers(page, 'reply result');
    const way = await page.attribute('[data-way]', 'data-way');
    await page.click('[data-part=sent] button');
    return way;
}

export async function signInToPortal(page, world) {
    const { portal } = await world.state();
    await page.goto(portal.url);
    await page.waitFor('#admin-name');
    await assertNoBarriers(page, 'portal sign-in');
    await page.type('#admin-name', portal.name);
    await page.type('#admin-password', portal.password);
    await page.click('[data-part=sign-in] button');
    await page.waitFor('[data-domain="acme.test"]');
}

export async function testDomain(page, domain) {
    const part = `[data-domain="${domain}"]`;
    await page.click(`${part} [data-action=test]`);
    await page.waitFor(`${part} [data-action=test][aria-disabled=true]`);
    await page.waitFor(`${part} [data-action=test]:not([aria-disabled])`, 90000);
    const is_ready = (await page.attribute(`${part} [data-part=test] [data-part=test-result]`, 'data-ready')) === 'true';
    if (is_ready) await page.waitFor(`${part} [data-action=tls-replies]:not(:disabled)`);
    return is_ready;
}

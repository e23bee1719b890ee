// Files that take long to send, and those that the service refuses on the way, in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node upload.mjs [SHOTS_DIR [LOOK]]. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './drivers/page.mjs';
import { problem } from './mock/http.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { seal } from './mock/world.mjs';
import * as steps from './steps.mjs';

const { step } = steps;
const bob = 'bob@partner.test';
/** Refusals are answers that a browser also logs as errors. */
const assertWell = (page, look, where) => steps.assertWell(page, look, where, /status of (401|413|429)/);

function makeFile(folder, name, size) {
    const path = join(folder, name);
    writeFileSync(path, '');
    truncateSync(path, size);
    return path;
}

/** The mock reads no more of an upload, and answers it then as it is told. */
function hold(world) {
    let go;
    world.hold = new Promise((answer) => { go = answer; });
    return (refusal = null) => {
        world.hold = null;
        go(refusal);
    };
}

async function open(page, world) {
    const raw = makeMail({ from: 'Alice <alice@acme.test>', to: bob, subject: 'Plans', text: 'The plans.' });
    const envelope = await seal(world, { from: 'alice@acme.test', name: 'Alice', organisation: 'Acme', to: bob, subject: 'Plans', raw });
    await page.goto(`${world.service_url}/open/${envelope.id}`);
    await steps.proveByCode(page, world, bob);
    await page.click('[data-action=reply]');
}

async function play(browser, world, look, folder) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const french = look.locale.startsWith('fr');
    const name = (sentence) => `${sentence} (${look.tag})`;
    const sent = () => (world.mailboxes.get('alice@acme.test') ?? []).length;
    const before = sent();
    const focused = () => page.call(() => document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.tagName);
    const settlesAt = (place) => until(`the focus to be at ${place}`, async () => (await focused()) === place);
    const press = async (selector) => {
        await page.page.focus(selector);
        await page.page.keyboard.press('Enter');
    };
    await step(name('whoever takes files out by the keyboard stays among them'), async () => {
        await open(page, world);
        const label = (file) => `${french ? 'Retirer' : 'Remove'}: ${file}`;
        await page.chooseFiles('#reply-files', ['one.txt', 'two.txt', 'three.txt'].map((file) => makeFile(folder, file, 10)));
        await page.waitFor('.files li:nth-child(3)');
        await press('.files li:nth-child(3) button');
        await settlesAt(label('two.txt'));
        await press('.files li:nth-child(1) button');
        await settlesAt(label('two.txt'));
        await press('.files li:nth-child(1) button');
        await settlesAt('reply-files');
        assert.equal(await page.has('.files'), false);
    }, page);
    await step(name('files that take long show how far they have come, and can be stopped'), async () => {
        await page.type('#text', 'Here they are.');
        await page.chooseFiles('#reply-files', [makeFile(folder, 'plans.zip', 40_000_000)]);
        const release = hold(world);
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=upload] progress');
        await until('some of it to be sent', () => page.call(() => document.querySelector('[data-part=upload] progress').value > 0));
        assert.match(await page.text('.upload span'), /^\d+\s?%$/);
        await assertWell(page, look.tag, 'sending');
        await page.click('[data-action=stop-sending]');
        await page.waitForText('[data-part=compose] .notice.info', french ? 'arrêté l’envoi' : 'stopped the sending');
        assert.equal(await page.call(() => document.querySelector('#text').value.startsWith('Here they are.')), true);
        release();
        assert.equal(sent(), before, 'nothing was sent');
    }, page);
    for (const [kind, status, facts, headers, said] of [
        ['too-large', 413, {}, {}, french ? '64 Mo' : '64 MB'],
        ['too-many-requests', 429, {}, { 'Retry-After': '60' }, french ? 'Trop de tentatives' : 'Too many attempts'],
    ]) {
        await step(name(`a refusal in the midst of sending says why: ${kind}`), async () => {
            const release = hold(world);
            await page.click('[data-action=send]');
            await page.waitFor('[data-part=upload] progress');
            release(problem(status, kind, facts, headers));
            await page.waitForText('[data-part=compose] .notice.bad', said);
            await assertWell(page, look.tag, kind);
            assert.equal(sent(), before);
        }, page);
    }
    await step(name('then all of it is sent'), async () => {
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
        assert.equal(sent(), before + 1);
    }, page);
    await step(name('the third door tells of a file that nobody would take before it is sent'), async () => {
        await page.goto(`${world.service_url}/open`);
        await page.chooseFiles('#drop-file', [makeFile(folder, 'message.html', 120 * 1024 * 1024 + 1)]);
        await page.waitForText('[data-part=drop] .notice.bad', french ? '64 Mo' : '64 MB');
        await assertWell(page, look.tag, 'too-large-to-drop');
    }, page);
    await step(name('it tells what to do instead of handing over a mail that Outlook saved, or what is no file'), async () => {
        const isTold = (said) => page.waitForText('[data-part=drop] .notice.bad', said);
        await page.chooseFiles('#drop-file', [makeFile(folder, 'Contract.MSG', 1000)]);
        await isTold('.msg');
        await page.dropText('[data-part=drop]', 'https://mail.test/attachment/1');
        await isTold(french ? 'n’est pas un fichier' : 'is not a file');
        await page.chooseFiles('#drop-file', [makeFile(folder, 'other.html', 1000)]);
        await isTold('.eml');
        await steps.assertWell(page, look.tag, 'not-an-envelope', /status of (401|413|422|429)/);
    }, page);
    await step(name('whoever hands a file over by the keyboard stays where they are when it is refused, and when they stop'), async () => {
        const handOver = async () => {
            await page.page.focus('#drop-file');
            await page.chooseFiles('#drop-file', [makeFile(folder, 'plans.html', 40_000_000)]);
            await page.waitFor('[data-part=upload] progress');
        };
        const release = hold(world);
        await handOver();
        release(problem(422, 'not-an-envelope'));
        await page.waitForText('[data-part=drop] .notice.bad', '.eml');
        await settlesAt('drop-file');
        const releaseAnother = hold(world);
        await handOver();
        await press('[data-action=stop-sending]');
        await settlesAt('drop-file');
        releaseAnother();
    }, page);
    await person.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
const folder = mkdtempSync(join(tmpdir(), 'upload-'));
for (const look of steps.makeLooks()) await play(browser, world, look, folder);
await browser.close();
rmSync(folder, { recursive: true });
close();
steps.end();

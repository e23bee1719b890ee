// What somebody has sent, at /sent, in Chromium, against the mock: SEALPOST_WEB_OUT=DIST node sent.mjs [SHOTS_DIR [LOOK]]. In both
// languages and colour schemes, wide and 360 px. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { until } from './drivers/page.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { seal } from './mock/world.mjs';
import * as steps from './steps.mjs';

const { step } = steps;
const labels = {
    en: { title: 'Messages you have sent', ended: 'Your session has ended', none: 'No envelope found.' },
    fr: { title: 'Messages que vous avez envoyés', ended: 'Votre session est terminée', none: 'Aucun pli trouvé.' },
};

function sealOf(world, from, to) {
    const raw = makeMail({ from, to, subject: 'Contract', text: 'The contract.' });
    return seal(world, { from, name: 'Alice', organisation: 'Acme', to, subject: 'Contract', raw });
}

async function play(browser, world, look) {
    const words = labels[look.locale.slice(0, 2)];
    const name = (sentence) => `${sentence} (${look.tag})`;
    const well = (where) => steps.assertWell(page, look.tag, where, /status of (401|404|410)/);
    const own = `alice-${look.tag}@acme.test`;
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const sealed = await sealOf(world, own, 'bob@partner.test');
    const others = await sealOf(world, `dave-${look.tag}@acme.test`, 'bob@partner.test');
    const row = `[data-envelope="${sealed.id}"]`;
    const rows = () => page.call(() => [...document.querySelectorAll('[data-envelope]')].map((one) => one.dataset.envelope));

    await step(name('who proves the address sees what was sealed in its name, and nothing of others'), async () => {
        await page.goto(`${world.service_url}/sent`);
        await page.waitForText('h1', words.title);
        assert.equal(await page.call(() => document.title), words.title);
        await page.waitFor('#address');
        await well('prove');
        await steps.proveByCode(page, world, own);
        await page.waitFor(row);
        assert.deepEqual(await rows(), [sealed.id]);
        assert.equal(await page.call(() => document.activeElement.tagName), 'H1', 'the heading of what has come has the focus');
        assert.ok(!(await page.text('table')).includes('Contract'), 'the subject stays sealed');
        await well('list');
    }, page);
    await step(name('a search finds by recipient, and says when there is nothing'), async () => {
        await page.type('#query', 'nobody@partner.test');
        await page.click('[data-part=search] button');
        await page.waitForText('main', words.none);
        await well('none');
        await page.type('#query', 'bob@');
        await page.click('[data-part=search] button');
        await page.waitFor(row);
    }, page);
    await step(name('it is locked with a reason, and recalled when two questions were answered'), async () => {
        await page.click(`${row} [data-action=lock]`);
        await page.type('[data-part=lock-form] input', 'Wrong version; a new one follows.');
        await page.page.keyboard.press('Enter');
        await page.waitForText(`${row} [data-part=lock-reason]`, 'Wrong version; a new one follows.');
        await well('locked');
        assert.ok(await page.call((where) => document.querySelector(where) !== null, `${row} [data-action=unlock]`), 'a lock of their own is theirs to lift');
        await page.click(`${row} [data-action=recall]`);
        await page.waitFor('[data-part=recall-form]');
        await well('recall');
        await page.click('[data-part=recall-form] [data-action=submit]');
        await page.click('[data-part=recall-sure] [data-action=submit]');
        await page.waitFor(`${row}[data-state=erased]`);
        assert.equal(sealed.state, 'erased');
        assert.equal(others.state, 'open');
        await well('recalled');
    }, page);
    await step(name('what the organisation has locked stays as it is'), async () => {
        const held = await sealOf(world, own, 'bob@partner.test');
        Object.assign(held, { state: 'locked', reason: 'Legal hold', locked_by: 'account' });
        await page.goto(`${world.service_url}/sent`);
        const place = `[data-envelope="${held.id}"]`;
        await page.waitFor(`${place} [data-part=locked-by]`);
        const asked = await page.call(() => performance.getEntriesByType('resource').filter((one) => new URL(one.name).pathname === '/api/v1/session').length);
        assert.equal(asked, 1, 'who is signed in is asked once');
        assert.equal(await page.has(`${place} [data-action]`), false, 'nothing is theirs to decide');
        await well('held');
    }, page);
    await step(name('no expiry is put off'), async () => {
        const mine = await sealOf(world, own, 'bob@partner.test');
        await page.goto(`${world.service_url}/sent`);
        const before = mine.expires_at;
        await page.click(`[data-envelope="${mine.id}"] [data-action=expiry]`);
        await page.call(() => {
            const field = document.querySelector('[data-part=expiry-form] input');
            field.value = '2090-01-01T00:00';
            field.dispatchEvent(new Event('input', { bubbles: true }));
        });
        await page.click('[data-part=expiry-form] [data-action=submit]');
        await page.waitFor('[data-part=expiry-form] [role=alert]');
        assert.equal(mine.expires_at, before);
        await well('later');
    }, page);
    await step(name('once the session has ended the list is hidden until the address is proven again'), async () => {
        world.idle_seconds = 1;
        await page.goto(`${world.service_url}/sent`);
        await page.waitForText('[data-part=prove]', words.ended);
        assert.equal(await page.call((where) => document.querySelector(where)?.checkVisibility() ?? false, row), false, 'it is hidden');
        await well('ended');
        world.idle_seconds = 900;
        await page.page.context().clearCookies();
        await steps.proveByCode(page, world, own);
        await until('the list to be seen again', () => page.call((where) => document.querySelector(where)?.checkVisibility() ?? false, row));
    }, page);
    await person.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
for (const look of steps.makeLooks()) await play(browser, world, look);
await browser.close();
close();
steps.end();

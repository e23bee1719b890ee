// The SPF advisor's page in Chromium, against the mock: SEALPOST_WEB_OUT=DIST node spf.mjs [SHOTS_DIR].
// Both languages, both colour schemes, wide and 360 px. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { startMock } from './mock/server.mjs';
import * as steps from './steps.mjs';

const { step } = steps;
const assertWell = (page, look, where) => steps.assertWell(page, look, where, /429/);

async function open(page, world) {
    await page.goto(`${world.service_url}/portal/spf`);
    await page.waitFor('#admin-name');
    await page.type('#admin-name', 'admin');
    await page.type('#admin-password', 'demo-password');
    await page.click('[data-part=sign-in] button');
    await page.waitFor('[data-part=spf-ask]');
}

async function advise(page, domain) {
    await page.type('#spf-domain', domain);
    await page.click('[data-action=advise]');
}

async function play(browser, world, look) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    await page.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const french = look.locale.startsWith('fr');
    const name = (sentence) => `${sentence} (${look.tag})`;
    await step(name('the account’s domain and the service stand in the form'), async () => {
        await open(page, world);
        await page.waitFor('#spf-domains option');
        assert.equal(await page.call(() => document.querySelector('#spf-domain').value), 'acme.test');
        assert.equal(await page.call(() => document.querySelector('#spf-include').value), 'keys.test');
        await page.waitForText('h1', french ? 'Conseil SPF' : 'SPF advisor');
        await assertWell(page, look.tag, 'form');
    }, page);
    await step(name('the advice shows both records, the lookups, each problem with its fix, the tree and the proof'), async () => {
        await page.click('[data-action=advise]');
        await page.waitForText('[data-part=record-publish] ins', 'ip4:203.0.113.4');
        assert.equal(await page.call(() => [...document.querySelectorAll('[data-part=record-publish] ins')].map((one) => one.textContent).join(' ')), 'ip4:203.0.113.4 include:keys.test');
        assert.deepEqual(await page.call(() => [...document.querySelectorAll('[data-part=lookup-count]')].map((one) => one.textContent)), ['5/10', '8/10']);
        await page.waitForText('[data-kind=unknown_mechanism]', french ? 'Écrivez ip4:203.0.113.4' : 'Write ip4:203.0.113.4');
        await page.waitForText('[data-part=proof]', '57');
        assert.equal(await page.call(() => document.activeElement.textContent), 'acme.test', 'the heading of the advice has the focus');
        assert.equal(await page.has('.spf-tree li ul li ul li'), true, 'the tree is drawn in its depth');
        await page.click('[data-part=proof] summary');
        await assertWell(page, look.tag, 'advice');
    }, page);
    await step(name('the copy button copies the record to publish'), async () => {
        await page.click('.copy-row button');
        await page.waitForText('.copy-row button', french ? 'Copié' : 'Copied');
        const copied = await page.call(() => navigator.clipboard.readText());
        assert.equal(copied, await page.text('[data-part=record-publish]'));
    }, page);
    await step(name('the tree of the record to publish holds the include'), async () => {
        await page.page.focus('[data-action=tree-after]');
        await page.page.keyboard.press('Enter');
        await page.waitForText('.spf-tree', 'exists:%{i}.spf.keys.test');
        await assertWell(page, look.tag, 'tree');
    }, page);
    await step(name('a record with nothing to change, and one without room, say so'), async () => {
        await advise(page, 'done.test');
        await page.waitFor('[data-conclusion=unchanged]');
        await assertWell(page, look.tag, 'unchanged');
        await advise(page, 'full.test');
        await page.waitFor('[data-conclusion=none]');
        await page.waitFor('.places .over');
        await assertWell(page, look.tag, 'no-room');
    }, page);
    await step(name('nonsense is refused in place, and too many questions are told'), async () => {
        await advise(page, 'no domain');
        await page.waitFor('#spf-bad');
        await advise(page, 'busy.test');
        await page.waitForText('.notice.bad', '7');
    }, page);
    await step(name('a check shows the verdict and the path that led to it'), async () => {
        await page.type('#spf-address', '192.0.2.10');
        await page.type('#spf-sender', 'alice@acme.test');
        await page.click('[data-action=check]');
        await page.waitFor('[data-part=spf-verdict][data-result=pass]');
        assert.equal(await page.call(() => [...document.querySelectorAll('.spf-path .deciding code')].map((one) => one.textContent).join(' > ')), 'acme.test > include:keys.test > keys.test > exists:%{i}.spf.keys.test');
        await page.waitForText('[data-part=spf-check] .command', 'sealpost spf check --ip 192.0.2.10 --helo acme.test --mail-from alice@acme.test');
        await assertWell(page, look.tag, 'pass');
        await page.type('#spf-address', '192.0.2.66');
        await page.click('[data-action=check]');
        await page.waitFor('[data-part=spf-verdict][data-result=fail]');
        await page.type('#spf-address', 'host');
        await page.click('[data-action=check]');
        await page.waitFor('#spf-address-bad');
    }, page);
    await step(name('the other language is another click'), async () => {
        await advise(page, 'acme.test');
        await page.waitFor('[data-conclusion=publish]');
        await page.click(`[data-language=${french ? 'en' : 'fr'}]`);
        await page.waitForText('[data-kind=unknown_mechanism]', french ? 'Write' : 'Écrivez');
        await page.call(() => localStorage.clear());
    }, page);
    await page.click('[data-action=sign-out]');
    await person.close();
}

const { world, close } = await startMock();
const browser = await steps.launch();
for (const look of steps.makeLooks()) await play(browser, world, look);
await browser.close();
close();
steps.end();

// Lists of the portal whose answers come late or twice, and what is clicked twice, in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node lists.mjs [SHOTS_DIR [LOOK]]. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { until } from './drivers/page.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { seal } from './mock/world.mjs';
import * as steps from './steps.mjs';

const { step } = steps;

const envelope = (subject) => ({
    id: subject, sender: { address: `${subject}@acme.test`, name: '' }, recipients: [{ address: 'bob@partner.test', released_at: null, displayed_at: null }],
    sent_at: '2026-11-07T14:05:00Z', expires_at: '2027-11-07T14:05:00Z', state: 'open',
});

/** Answers of the server that come when the test says so: `held` has one function a question, by what was asked. */
async function holdEnvelopes(page) {
    const held = [];
    await page.page.route('**/api/v1/admin/envelopes?*', (route) => {
        const asked = new URL(route.request().url()).searchParams;
        const give = (rows, next_page = null) => route.fulfill({ json: { envelopes: rows.map(envelope), next_page } });
        const fail = () => route.fulfill({ status: 503, json: { type: 'urn:sealpost:problem:try-later' } });
        held.push({ query: asked.get('query'), page: asked.get('page'), give, fail });
    });
    const next = async (query, number) => until(`the question for "${query}", page ${number}`, () => {
        const at = held.findIndex((one) => one.query === query && one.page === String(number));
        return at >= 0 && held.splice(at, 1)[0];
    });
    return { held, next };
}

const rowsOf = (page) => page.call(() => [...document.querySelectorAll('[data-envelope]')].map((one) => one.dataset.envelope));
const untilRows = (page, rows) => until(`the rows ${rows}`, async () => (await rowsOf(page)).join() === rows.join());

async function play(browser, world, look) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const name = (sentence) => `${sentence} (${look.tag})`;
    const { held, next } = await holdEnvelopes(page);
    const search = async (text) => {
        await page.type('#query', text);
        await page.click('[data-part=search] button');
    };
    await step(name('a late answer does not take the place of a newer search’s'), async () => {
        await page.goto(`${world.service_url}/portal/envelopes`);
        await page.type('#admin-name', 'admin');
        await page.type('#admin-password', 'demo-password');
        await page.click('[data-part=sign-in] button');
        await (await next('', 1)).give(['all']);
        await untilRows(page, ['all']);
        await search('slow');
        const late = await next('slow', 1);
        await search('fast');
        await (await next('fast', 1)).give(['of-fast'], 2);
        await untilRows(page, ['of-fast']);
        await late.give(['of-slow']);
        await page.page.waitForTimeout(200);
        assert.deepEqual(await rowsOf(page), ['of-fast']);
    }, page);
    await step(name('two clicks on “More” fetch the page once'), async () => {
        await page.call(() => {
            const button = document.querySelector('[data-action=more]');
            button.click();
            button.click();
        });
        await (await next('fast', 2)).give(['second'], 3);
        await untilRows(page, ['of-fast', 'second']);
        assert.deepEqual(held, [], 'nothing else was asked');
        await steps.assertWell(page, look.tag, 'envelopes', /status of 401/);
    }, page);
    await step(name('a further page of the search before does not come to the next one'), async () => {
        await page.click('[data-action=more]');
        const late = await next('fast', 3);
        await search('new');
        await (await next('new', 1)).give(['of-new']);
        await untilRows(page, ['of-new']);
        await late.give(['third']);
        await page.page.waitForTimeout(200);
        assert.deepEqual(await rowsOf(page), ['of-new']);
    }, page);
    await step(name('the same search once more asks once more, and a list that could not be had can be asked for again'), async () => {
        await page.click('[data-part=search] button');
        await (await next('new', 1)).give(['of-new', 'newer']);
        await untilRows(page, ['of-new', 'newer']);
        await search('broken');
        await (await next('broken', 1)).fail();
        await page.click('[data-action=retry]');
        await (await next('broken', 1)).give(['mended']);
        await untilRows(page, ['mended']);
        assert.equal(await page.has('.notice.bad'), false);
    }, page);
    await step(name('two clicks on “Remove” remove a domain once'), async () => {
        const domain = `${look.tag}.test`;
        const removals = [];
        await page.page.route('**/api/v1/admin/domains/*', (route) => {
            removals.push(route.request().method());
            return route.continue();
        });
        await page.goto(`${world.service_url}/portal/domains`);
        await page.type('#new-domain', domain);
        await page.click('[data-part=add-domain] button');
        await page.click(`[data-domain="${domain}"] footer .danger`);
        await page.waitFor(`[data-domain="${domain}"] footer .row`);
        await page.call((where) => {
            const button = document.querySelector(where);
            button.click();
            button.click();
        }, `[data-domain="${domain}"] footer .row button`);
        await until('the domain to be gone', async () => !(await page.has(`[data-domain="${domain}"]`)));
        assert.deepEqual(removals, ['DELETE']);
        await steps.assertWell(page, look.tag, 'domains', /status of (401|503)/);
    }, page);
    await person.close();
}

async function playEnvelopes(browser, world, look) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const name = (sentence) => `${sentence} (${look.tag})`;
    const raw = makeMail({ from: 'Alice <alice@acme.test>', to: 'bob@partner.test', subject: 'Contract', text: 'The contract.' });
    const sealed = await seal(world, { from: 'alice@acme.test', name: 'Alice', organisation: 'Acme', to: 'bob@partner.test', subject: 'Contract', raw });
    const row = `[data-envelope="${sealed.id}"]`;
    const press = async (selector) => {
        await page.page.focus(selector);
        await page.page.keyboard.press('Enter');
    };
    const focused = () => page.call(() => (document.activeElement === document.body ? 'nothing' : document.activeElement.tagName));
    const well = (where) => steps.assertWell(page, look.tag, where, /status of (401|410)/);
    await step(name('an envelope is locked with a reason, by the keyboard alone'), async () => {
        await page.goto(`${world.service_url}/portal/envelopes`);
        await page.type('#admin-name', 'admin');
        await page.type('#admin-password', 'demo-password');
        await page.click('[data-part=sign-in] button');
        await page.waitFor(row);
        await press(`${row} [data-action=lock]`);
        await page.waitFor('[data-part=lock-form]');
        assert.equal(await focused(), 'H2', 'the form has the focus');
        await well('lock-form');
        await press('[data-part=lock-form] [data-action=cancel]');
        assert.equal(await page.call(() => document.activeElement.dataset.action), 'lock', 'and gives it back');
        await press(`${row} [data-action=lock]`);
        await page.type('[data-part=lock-form] input', 'Wrong version; a new one follows.');
        await page.page.keyboard.press('Enter');
        await page.waitForText(`${row} [data-part=lock-reason]`, 'Wrong version; a new one follows.');
        assert.equal(sealed.state, 'locked');
        assert.equal(await focused(), 'SPAN', 'what was done has the focus');
        await well('locked-envelope');
    }, page);
    await step(name('it is unlocked, and its expiry is changed to a time to come only'), async () => {
        await press(`${row} [data-action=unlock]`);
        await page.waitFor(`${row}[data-state=open]`);
        await press(`${row} [data-action=expiry]`);
        await page.type('[data-part=expiry-form] input', '2020-01-01T00:00');
        await press('[data-part=expiry-form] [data-action=submit]');
        await page.waitFor('[data-part=expiry-form] small[role=alert]');
        await page.type('[data-part=expiry-form] input', '2040-05-06T07:08');
        await well('expiry-form');
        await press('[data-part=expiry-form] [data-action=submit]');
        await page.waitForText(row, '2040');
        assert.match(sealed.expires_at, /^2040-05-0\dT\d\d:08:00Z$/);
    }, page);
    await step(name('it is recalled when two questions were answered'), async () => {
        await press(`${row} [data-action=recall]`);
        await page.waitFor('[data-part=recall-form]');
        await press('[data-part=recall-form] [data-action=submit]');
        await page.waitFor('[data-part=recall-sure]');
        assert.equal(await focused(), 'H2', 'a key that is pressed twice destroys nothing');
        assert.equal(sealed.state, 'open');
        await well('recall-sure');
        await press('[data-part=recall-sure] [data-action=submit]');
        await page.waitFor(`${row}[data-state=erased]`);
        assert.equal(sealed.state, 'erased');
        assert.equal(await page.has(`${row} [data-action]`), false, 'there is nothing left to be done');
    }, page);
    await step(name('what others have recalled meanwhile is told'), async () => {
        const other = await seal(world, { from: 'alice@acme.test', name: 'Alice', organisation: 'Acme', to: 'bob@partner.test', subject: 'Contract', raw });
        await page.click('[data-part=search] button');
        await page.waitFor(`[data-envelope="${other.id}"]`);
        other.state = 'erased';
        await page.click(`[data-envelope="${other.id}"] [data-action=lock]`);
        await page.click('[data-part=lock-form] [data-action=submit]');
        await page.waitFor(`[data-envelope="${other.id}"][data-state=erased] .notice.bad`);
        await well('recalled-meanwhile');
    }, page);
    await person.close();
}

/** Words as long as organisations really have them; TLS 1.2 has the longest names of ciphers. */
async function playLongWords(browser, world, look) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const long = 'bartholomaeus.featherstonehaugh@procurement.subsidiary-of-the-group.example.org';
    await page.page.route('**/api/v1/admin/envelopes?*', (route) => route.fulfill({ json: {
        envelopes: [{ ...envelope('long'), id: 'a'.repeat(26), sender: { address: long, name: '' }, recipients: [{ address: long, released_at: null, displayed_at: null }] }], next_page: null,
    } }));
    await page.page.route('**/api/v1/admin/deliveries*', (route) => route.fulfill({ json: {
        deliveries: [{
            id: '1', time: '2026-11-07T14:05:00Z', from: long, to: long, way: 'tls', state: 'held', host: `mail-gateway-1.${long.split('@')[1]}`, detail: `The certificate of mail-gateway-1.${long.split('@')[1]} is self-signed.`,
            sent_as: 'service', tls: { version: 'TLSv1.2', cipher: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', verified: false },
        }], next_page: null,
    } }));
    await step(`long addresses, hosts and ciphers make no list wider than its window (${look.tag})`, async () => {
        await page.goto(`${world.service_url}/portal/envelopes`);
        await page.type('#admin-name', 'admin');
        await page.type('#admin-password', 'demo-password');
        await page.click('[data-part=sign-in] button');
        await page.waitForText('[data-envelope]', long);
        await steps.assertWell(page, look.tag, 'long-envelopes', /status of 401/);
        await page.goto(`${world.service_url}/portal/domains`);
        await page.waitForText('tr[data-state=held]', long);
        await steps.assertWell(page, look.tag, 'long-deliveries', /status of 401/);
    }, page);
    await person.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
for (const look of steps.makeLooks()) {
    await play(browser, world, look);
    await playEnvelopes(browser, world, look);
    await playLongWords(browser, world, look);
}
await browser.close();
close();
steps.end();

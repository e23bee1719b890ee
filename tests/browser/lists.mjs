// Lists of the portal whose answers come late or twice, and what is clicked twice, in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node lists.mjs [SHOTS_DIR [LOOK]]. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { until } from './drivers/page.mjs';
import { startMock } from './mock/server.mjs';
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
        held.push({ query: asked.get('query'), page: asked.get('page'), give });
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
        await steps.assertWell(page, look.tag, 'domains', /status of 401/);
    }, page);
    await person.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
for (const look of steps.makeLooks()) await play(browser, world, look);
await browser.close();
close();
steps.end();

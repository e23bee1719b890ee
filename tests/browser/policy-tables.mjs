// The tables of the mail policies and Trace in Chromium, against the mock: SEALPOST_WEB_OUT=DIST node policy-tables.mjs
// [SHOTS_DIR [LOOK]]. Both languages, both colour schemes, wide and 360 px. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeAsSecond } from './administrator.mjs';
import { until } from './drivers/page.mjs';
import { fillTables } from './mock/policy-tables.mjs';
import { startMock } from './mock/server.mjs';
import * as steps from './steps.mjs';

// Each step looks at its own errors only.
async function step(sentence, run, page) {
    await steps.step(sentence, run, page);
    page.errors.length = 0;
}

/** Refusals (422) and outdated changes (409) are answers that a browser also logs as errors. */
const assertWell = (page, look, where) => steps.assertWell(page, look, where, /the server responded with a status of (409|422)/);

const pages = {
    recipients: '/portal/policies/recipients', exceptions: '/portal/policies/exceptions', lists: '/portal/policies/address-lists', destinations: '/portal/policies/destinations',
    bounces: '/portal/policies/bounce-profiles', addresses: '/portal/policies/addresses', profiles: '/portal/policies/encryption-profiles', rules: '/portal/policies/encryption-rules',
    routes: '/portal/network/routes', trace: '/portal/system/trace',
};

/** Without loading anew, as the links of the menu do; whatever was typed is let go. */
async function visit(page, path) {
    page.page.removeAllListeners('dialog');
    page.page.on('dialog', (dialog) => void dialog.accept());
    await page.call((target) => {
        history.pushState(null, '', target);
        dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await page.waitFor('.portal-page h1');
}

async function signIn(page, world, name = 'admin') {
    await page.goto(`${world.service_url}${pages.recipients}`);
    await page.type('#admin-name', name);
    await page.type('#admin-password', 'demo-password');
    await page.click('[data-part=sign-in] button');
    await page.waitFor('[data-part=table-recipient] tbody tr');
}

/** Fills a form: text by default, `true` and `false` are switches, {choose} a select. */
async function fill(page, values) {
    for (const [key, value] of Object.entries(values)) {
        const where = `#row-${key}`;
        await page.waitFor(where);
        if (typeof value === 'boolean') await page.page.setChecked(where, value);
        else if (typeof value === 'object') await page.page.selectOption(where, value.choose);
        else await page.type(where, value);
    }
}

const submit = (page) => page.click('[data-part=row-form] [data-action=submit]');
const rowsOf = (page, section) => page.call((part) => [...document.querySelectorAll(`[data-part=table-${part}] tbody tr`)].map((row) => ({ id: row.dataset.row ?? '', state: row.dataset.state ?? '', text: row.textContent })), section);
const stagedOf = (world, section) => (world.policy.staged ?? world.policy.live)[section].map((row) => row.values);

async function waitForRow(page, section, text, state) {
    return until(`a row ${state} with ${text} in ${section}`, async () => (await rowsOf(page, section)).find((row) => row.text.includes(text) && (!state || row.state === state)));
}

/** Add, edit and delete on one page; every value typed is found in the document. */
const tables = [
    { page: 'exceptions', section: 'exception', add: { address: 'spam@bad.test', action: { choose: 'reject' } }, name: 'spam@bad.test', edit: { text: 'Go away' }, key: 'text', value: 'Go away' },
    { page: 'lists', section: 'address_list', add: { name: 'friends', addresses: 'anna@partner.test\n@.friends.test' }, name: 'friends', edit: { comment: 'They write often' }, key: 'comment', value: 'They write often' },
    { page: 'destinations', section: 'destination', add: { domain: 'bank.test\n.bank.test', tls: { choose: 'required' } }, name: 'bank.test', edit: { max_connections: '20', bounce_profile: { choose: 'patient' } }, key: 'max_connections', value: 20 },
    { page: 'bounces', section: 'bounce_profile', add: { name: 'hasty', max_age: '4h' }, name: 'hasty', edit: { send_bounces: false }, key: 'send_bounces', value: false },
    { page: 'addresses', section: 'alias', add: { address: 'sales@acme.test', to: 'anna@acme.test' }, name: 'sales@acme.test', edit: { to: 'ben@acme.test' }, key: 'to', value: ['ben@acme.test'] },
    { page: 'addresses', section: 'masquerade', add: { from: '@lab.acme.test', to: '@acme.test' }, name: '@lab.acme.test', edit: { to: '@www.acme.test' }, key: 'to', value: '@www.acme.test' },
    { page: 'addresses', section: 'domain_map', add: { from: '.old.test', to: '.acme.test' }, name: '.old.test', edit: { to: '.new.test' }, key: 'to', value: '.new.test' },
    { page: 'profiles', section: 'encryption_profile', add: { name: 'strict', assurance: { choose: 'strong' } }, name: 'strict', edit: { expires_after: '30d' }, key: 'expires_after', value: '30d' },
    { page: 'rules', section: 'encryption_rule', add: { name: 'bank', recipient: 'bank.test' }, name: 'bank', edit: { profile: { choose: 'default' } }, key: 'profile', value: 'default' },
];

async function addEditDelete(page, world, look, table) {
    const { section, name } = table;
    await visit(page, pages[table.page]);
    await page.click(`[data-action=add-${section}]`);
    await page.waitFor('[data-part=row-form]');
    assert.equal(await page.call(() => document.activeElement.tagName), 'H1', 'the heading of the form has the focus');
    await submit(page);
    await page.waitFor('[data-part=row-form] [aria-invalid=true]');
    assert.equal(await page.call(() => document.activeElement.getAttribute('aria-invalid')), 'true', 'the first empty field has the focus');
    await assertWell(page, look.tag, `${section}-form`);
    await fill(page, table.add);
    await submit(page);
    await waitForRow(page, section, name, 'added');
    await page.waitFor('.notice.good');
    await assertWell(page, look.tag, `${section}-list`);
    const id = (await waitForRow(page, section, name, 'added')).id;
    await page.click(`[data-part=table-${section}] [data-row="${id}"] [data-action=edit]`);
    await fill(page, table.edit);
    await submit(page);
    await waitForRow(page, section, name, 'added');
    assert.deepEqual(stagedOf(world, section).at(-1)[table.key], table.value);
    await page.click(`[data-part=table-${section}] [data-row="${id}"] [data-action=delete]`);
    assert.equal(await page.call(() => document.activeElement.dataset.action), 'delete-sure', 'the question has the focus');
    await page.click(`[data-part=table-${section}] [data-action=delete-sure]`);
    await until('the row to be gone', async () => !(await rowsOf(page, section)).some((row) => row.id === id && row.text.includes(name)));
}

async function playRecipients(page, world, look, name) {
    await step(name('the RAT ends with all other recipients, who are rejected'), async () => {
        const rows = await rowsOf(page, 'recipient');
        assert.equal(rows.at(-1).id, 'fixed');
        assert.match(rows.at(-1).text, look.french ? /Tous les autres destinataires.*Rejeter/ : /All Other Recipients.*Reject/);
        await page.type('[data-part=table-recipient] [data-action=search]', 'former');
        await until('one row to be found', async () => (await rowsOf(page, 'recipient')).filter((row) => row.id !== 'fixed').length === 1);
        await page.type('[data-part=table-recipient] [data-action=search]', '');
        await assertWell(page, look.tag, 'recipients');
    }, page);
    await step(name('a recipient is added at its place, moved by the keyboard and deleted'), async () => {
        await page.click('[data-action=add-recipient]');
        await fill(page, { address: 'sales@acme.test', place: '9' });
        await submit(page);
        await page.waitFor('#row-place-bad');
        await fill(page, { place: '1' });
        await submit(page);
        await until('the new row to be first', async () => (await rowsOf(page, 'recipient'))[0]?.text.includes('sales@acme.test'));
        await page.page.focus('[data-row="1"] [data-action=down]');
        await page.page.keyboard.press('Enter');
        await until('the row to be second', async () => (await rowsOf(page, 'recipient'))[1]?.text.includes('sales@acme.test'));
        await until('the focus to follow the row', () => page.call(() => document.activeElement.closest('tr')?.dataset.row === '2'));
        assert.deepEqual(stagedOf(world, 'recipient').map((row) => [row.address].flat()[0]), ['acme.test', 'sales@acme.test', 'postmaster@', 'former@acme.test']);
        await assertWell(page, look.tag, 'recipients-moved');
        await page.click('[data-row="2"] [data-action=delete]');
        await page.click('[data-row="2"] [data-action=delete-sure]');
        await until('three rows to be left', () => stagedOf(world, 'recipient').length === 3);
    }, page);
    await step(name('what is deleted stays in sight until it is committed'), async () => {
        await page.click('[data-row="3"] [data-action=delete]');
        await page.click('[data-row="3"] [data-action=delete-sure]');
        await waitForRow(page, 'recipient', 'former@acme.test', 'removed');
        await page.waitForText('[data-part=table-recipient]', look.french ? 'abandonner' : 'discarding');
        await assertWell(page, look.tag, 'recipients-deleted');
    }, page);
}

async function playRoutes(page, world, look, name) {
    await step(name('a route has its hosts in cells, and each says what is wrong with it'), async () => {
        await visit(page, pages.routes);
        await page.waitForText('[data-part=table-route]', look.french ? 'Nulle part' : 'Nowhere');
        await page.click('[data-action=add-route]');
        await fill(page, { domain: 'branch.test' });
        await page.type('[data-cell=host-0]', 'no host!');
        await submit(page);
        await page.waitForText('#row-hosts-bad', look.french ? 'un nom ou une adresse IP' : 'a name or an IP address');
        await assertWell(page, look.tag, 'route-form');
        await page.type('[data-cell=host-0]', 'mx1.branch.test');
        await page.type('[data-cell=priority-0]', '10');
        await page.click('[data-action=add-host]');
        await page.type('[data-cell=host-1]', '2001:db8::9');
        await page.type('[data-cell=port-1]', '2525');
        await submit(page);
        await waitForRow(page, 'route', 'mx1.branch.test', 'added');
        assert.deepEqual(stagedOf(world, 'route').at(-1), { domain: ['branch.test'], hosts: ['10 mx1.branch.test', '[2001:db8::9]:2525'] });
        await assertWell(page, look.tag, 'routes');
    }, page);
    await step(name('USEDNS and /dev/null are choices in words'), async () => {
        const id = (await waitForRow(page, 'route', 'mx1.branch.test', 'added')).id;
        await page.click(`[data-row="${id}"] [data-action=edit]`);
        await page.click('[data-field=hosts] input[value=drop]');
        await submit(page);
        await until('the route to lead nowhere', () => stagedOf(world, 'route').at(-1).hosts[0] === '/dev/null');
        await waitForRow(page, 'route', look.french ? 'accepté puis jeté' : 'thrown away', 'added');
    }, page);
}

async function playRefusals(page, world, look, name) {
    await step(name('the default of a table can be written'), async () => {
        await visit(page, pages.destinations);
        await page.click('[data-row=fixed] [data-action=edit-fixed]');
        await page.waitFor('#row-domain');
        assert.equal(await page.call(() => document.querySelector('#row-domain').value), 'ALL');
        await fill(page, { tls: { choose: 'required' } });
        await submit(page);
        await waitForRow(page, 'destination', 'ALL', 'added');
        assert.equal((await rowsOf(page, 'destination')).some((row) => row.id === 'fixed'), false, 'the row stands for the default');
        assert.deepEqual(stagedOf(world, 'destination').at(-1), { domain: ['ALL'], tls: 'required' });
    }, page);
    await step(name('what the gateway refuses is told at its field, and typing there takes it back'), async () => {
        await visit(page, `${pages.bounces}/new`);
        await page.waitFor('#row-max_attempts');
        await fill(page, { name: 'patient', max_attempts: '5' });
        await submit(page);
        await page.waitFor('#row-name-bad');
        assert.equal(await page.call(() => document.activeElement.id), 'row-name', 'the refused field has the focus');
        assert.equal(await page.call(() => document.querySelector('#row-max_attempts').value), '5', 'nothing typed is lost');
        await assertWell(page, look.tag, 'refused');
        await fill(page, { name: 'patient2' });
        await until('the fault to go', async () => !(await page.has('#row-name-bad')));
        await submit(page);
        await waitForRow(page, 'bounce_profile', 'patient2', 'added');
    }, page);
    await step(name('our own check names the range of a number'), async () => {
        await visit(page, `${pages.bounces}/new`);
        await fill(page, { name: 'x', max_attempts: '0' });
        await submit(page);
        await page.waitForText('#row-max_attempts-bad', look.french ? 'de 1 à 10000' : 'from 1 to 10000');
    }, page);
}

async function playTwo(page, world, look, name) {
    await step(name('when others were faster nothing typed is lost, and the row is found where it is now'), async () => {
        await visit(page, pages.exceptions);
        await page.click('[data-part=table-exception] [data-row="2"] [data-action=edit]');
        await fill(page, { text: 'Not today' });
        await changeAsSecond(world, [{ do: 'put', section: 'exception', values: { address: ['first@new.test'], action: 'allow' }, before: '1' }]);
        await submit(page);
        await page.waitForText('[data-part=outdated]', 'second');
        assert.equal(await page.call(() => document.querySelector('#row-text').value), 'Not today');
        await assertWell(page, look.tag, 'outdated');
        await page.click('[data-action=take-over]');
        await until('the notice to go', async () => !(await page.has('[data-part=outdated]')));
        await submit(page);
        await until('the third row to be changed', () => stagedOf(world, 'exception')[2]?.text === 'Not today');
        assert.deepEqual(stagedOf(world, 'exception').map((row) => row.text ?? ''), ['', '', 'Not today']);
    }, page);
    await step(name('of a row that others changed, too, only what was typed is replaced'), async () => {
        await visit(page, pages.exceptions);
        await page.click('[data-part=table-exception] [data-row="3"] [data-action=edit]');
        await fill(page, { text: 'Never' });
        const { text } = stagedOf(world, 'exception')[2];
        await changeAsSecond(world, [{ do: 'put', section: 'exception', row: '3', values: { address: ['@more.spam.test'], action: 'reject', text } }]);
        await submit(page);
        await page.waitFor('[data-part=outdated]');
        await page.click('[data-action=take-over]');
        await until('their address', () => page.call(() => document.querySelector('#row-address').value === '@more.spam.test'));
        assert.equal(await page.call(() => document.querySelector('#row-text').value), 'Never');
        await submit(page);
        await until('both to be there', () => stagedOf(world, 'exception')[2]?.text === 'Never');
        assert.deepEqual(stagedOf(world, 'exception')[2], { address: ['@more.spam.test'], action: 'reject', text: 'Never' });
    }, page);
    await step(name('a submit that does not get through says so, and keeps what was typed'), async () => {
        await visit(page, `${pages.exceptions}/new`);
        await fill(page, { address: 'late@partner.test', action: { choose: 'allow' } });
        const rows = '**/api/v1/policy/sections/exception*';
        await page.page.route(rows, (call) => call.abort());
        await submit(page);
        await page.waitFor('[data-part=row-form] .notice.bad');
        await page.page.unroute(rows);
        await page.page.route(rows, (call) => call.fulfill({ status: 429, headers: { 'Retry-After': '7' }, body: '' }));
        await submit(page);
        await page.waitForText('[data-part=row-form] .notice.bad', '7');
        await page.page.unroute(rows);
        assert.equal(await page.call(() => document.querySelector('#row-address').value), 'late@partner.test');
        await submit(page);
        await until('the row to be there', () => stagedOf(world, 'exception').some((row) => [row.address].flat().includes('late@partner.test')));
    }, page);
    await step(name('a row that others deleted comes back as a new one, and the page says so'), async () => {
        await visit(page, pages.lists);
        await page.click('[data-row=newsletters] [data-action=edit]');
        await fill(page, { comment: 'Kept' });
        await changeAsSecond(world, [{ do: 'remove', section: 'address_list', row: 'newsletters' }]);
        await submit(page);
        await page.click('[data-action=take-over]');
        await page.waitForText('[data-part=row-form]', look.french ? 'nouvelle ligne' : 'new row');
        await submit(page);
        await until('the list to be there again', () => stagedOf(world, 'address_list').some((row) => row.comment === 'Kept'));
    }, page);
}

async function playTrace(page, look, name) {
    const ask = async (values, state) => {
        for (const [field, value] of Object.entries(values)) await page.type(`#trace-${field}`, value);
        await page.page.selectOption('#trace-host_state', state);
        await page.page.evaluate(() => document.querySelector('[data-part=trace-outcome]')?.removeAttribute('data-outcome'));
        await page.click('[data-action=trace]');
        await page.waitFor('[data-part=trace-outcome][data-outcome]');
    };
    const groupOf = () => page.call(() => document.querySelector('[data-stage=host_access_table] [data-fact=sender_group] dd')?.textContent ?? '');
    await step(name('Trace says what it needs before it asks'), async () => {
        await visit(page, pages.trace);
        await page.click('[data-action=trace]');
        await page.waitFor('#trace-ip-bad');
        await page.waitFor('#trace-rcpt_to-bad');
        assert.equal(await page.call(() => document.activeElement.id), 'trace-ip');
        await assertWell(page, look.tag, 'trace-form');
    }, page);
    await step(name('a verified name meets its group, and each parameter says where it comes from'), async () => {
        await ask({ ip: '208.90.57.32', host: 'mxnat1.res.cisco.com', mail_from: 'anna@partner.test', rcpt_to: 'bob@acme.test\nnobody@elsewhere.test' }, 'verified');
        assert.match(await groupOf(), /CRES/);
        assert.equal(await page.attribute('[data-part=trace-outcome]', 'data-outcome'), 'accepted');
        assert.equal(await page.call(() => document.querySelector('[data-fact=tls] .origin').dataset.from), 'policy');
        assert.equal(await page.call(() => document.querySelector('[data-fact=auth] .origin').dataset.from), 'default');
        assert.deepEqual(await page.call(() => [...document.querySelectorAll('[data-part=trace-recipients] tbody tr')].map((row) => row.dataset.outcome)), ['accepted', 'refused']);
        await page.waitForText('[data-part=trace-recipients]', '550 5.7.1');
        assert.deepEqual((await page.call(() => [...document.querySelectorAll('[data-part=trace-steps] > li')].map((one) => one.dataset.stage))).slice(0, 4), ['host_access_table', 'mail_flow_policy', 'envelope_sender', 'recipient']);
        await page.waitForText('[data-part=trace-result] .command', '--rcpt-to nobody@elsewhere.test');
        assert.equal(await page.call(() => document.activeElement.tagName), 'H2', 'the heading of the result has the focus');
        await page.click('[data-stage=mail_flow_policy] summary');
        await assertWell(page, look.tag, 'trace-verified');
    }, page);
    await step(name('without TLS the same host is refused with the reply'), async () => {
        await page.page.setChecked('#trace-tls', false);
        await ask({}, 'verified');
        assert.equal(await page.attribute('[data-part=trace-outcome]', 'data-outcome'), 'refused');
        await page.waitForText('[data-stage=envelope_sender] .reply', '530');
        await page.page.setChecked('#trace-tls', true);
    }, page);
    await step(name('no PTR, a PTR mismatch and a DNS failure each have their own verdict'), async () => {
        await ask({}, 'mismatch');
        assert.match(await groupOf(), /UNVERIFIED/);
        await page.waitForText('[data-part=trace-result] .command', '--host-failure mismatch');
        await ask({}, 'temporary');
        assert.equal(await page.attribute('[data-part=trace-outcome]', 'data-outcome'), 'undecided');
        await page.waitForText('[data-stage=host_access_table] .reply', '421');
        await assertWell(page, look.tag, 'trace-temporary');
        await ask({ host: '' }, 'none');
        assert.match(await groupOf(), /UNVERIFIED/);
        await page.waitForText('[data-part=trace-result] .command', '--host-failure none');
    }, page);
    await step(name('what is said of a DNS list is shown, and not asked'), async () => {
        await page.click('[data-part=trace-form] details.written summary');
        await ask({ not_listed: 'bl.partner.test' }, 'none');
        await page.waitForText('[data-stage=host_facts] [data-fact=counts_as]', look.french ? 'non inscrit' : 'not listed');
        await page.waitForText('[data-part=trace-result] .command', '--not-listed bl.partner.test');
        await assertWell(page, look.tag, 'trace-lists');
    }, page);
    await step(name('a message is read from a file'), async () => {
        const file = join(tmpdir(), `sealpost-trace-${process.pid}.eml`);
        writeFileSync(file, 'Subject: Of a file\r\n\r\nHello\r\n');
        await page.chooseFiles('#trace-file', [file]);
        await until('the message to stand in its field', () => page.call(() => document.querySelector('#trace-message').value.includes('Of a file')));
    }, page);
}

async function play(browser, look) {
    const { world, close } = await startMock();
    fillTables(world.policy);
    look.french = look.locale.startsWith('fr');
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const name = (sentence) => `${sentence} (${look.tag})`;
    await signIn(page, world);
    await playRecipients(page, world, look, name);
    for (const table of tables) await step(name(`${table.section}: a row is added, edited and deleted`), () => addEditDelete(page, world, look, table), page);
    await playRoutes(page, world, look, name);
    await playRefusals(page, world, look, name);
    await playTwo(page, world, look, name);
    await playTrace(page, look, name);
    await person.close();
    close();
}

const browser = await steps.launch();
for (const look of steps.makeLooks()) await play(browser, look);
await browser.close();
steps.end();

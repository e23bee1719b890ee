// The administrator's path of a real gateway in Chromium: SEALPOST=PROGRAM node gateway.mjs [SHOTS_DIR]. By the words
// on the page, in both languages: a policy with TLS Required, a sender group at order 1, the four senders as the
// service prints them, commit; then connecting hosts meet it. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { pasted, startPerson } from './administrator.mjs';
import { Gateway } from './gateway-world.mjs';
import { assertWell, end, launch, makeLooks, step } from './steps.mjs';

// The service's hosts, and whether their address lies in one of the two ranges.
const hosts = [
    ['res.cisco.com', '184.94.241.74', false], ['mxnat1.res.cisco.com', '208.90.57.32', true], ['mxnat2.res.cisco.com', '208.90.57.33', true],
    ['mxnat3.res.cisco.com', '184.94.241.96', false], ['mxnat4.res.cisco.com', '184.94.241.97', false], ['mxnat5.res.cisco.com', '184.94.241.98', false],
    ['mxnat6.res.cisco.com', '184.94.241.99', false], ['mxnat7.res.cisco.com', '208.90.57.34', true], ['mxnat8.res.cisco.com', '208.90.57.35', true],
    ['esa1.cres.iphmx.com', '68.232.140.79', false], ['esa2.cres.iphmx.com', '68.232.140.57', false], ['esa3.cres.iphmx.com', '68.232.135.234', false],
    ['esa4.cres.iphmx.com', '68.232.135.235', false],
];
const suffix_only = 'res.cisco.com';  // `.res.cisco.com` covers the names below it

async function play(browser, gateway, look) {
    const { person, who } = await startPerson(browser, gateway, look);
    const { page, tab, words } = who;
    const run = (sentence, action) => step(`a real gateway: ${sentence} (${look.tag})`, action, page);
    await run('before anything, every host meets ALL', async () => {
        await who.signIn('anna', '/portal/policies/mail-flow');
        assert.deepEqual(hosts.map(([name, ip]) => gateway.check(ip, '--host', name).sender_group), hosts.map(() => 'ALL'));
        assert.match((await gateway.converse('127.0.0.9', ['EHLO client.partner.test', 'MAIL FROM:<bob@partner.test>', 'QUIT'])).at(2), /^250 /);
    });
    await run('Add Policy with TLS Required, everything else at its default', async () => {
        await who.visit(words.flow);
        await who.link(words.add_policy).click();
        await who.field(words.name).fill('TLS_REQUIRED');
        await who.field('TLS').selectOption({ label: words.required });
        await assertWell(page, `gateway-${look.tag}`, '1-add-policy');
        await who.button(words.submit).click();
        await page.waitFor('[data-row=TLS_REQUIRED] [data-state=added]');
        await who.waitForBar(1);
    });
    await run('Add Sender Group at order 1, then Submit and Add Senders', async () => {
        await who.visit(words.hat);
        await who.link(words.add_group).click();
        await who.field(words.name).fill('CRES');
        await who.field(words.order).fill('1');
        await who.field(words.policy).selectOption('TLS_REQUIRED');
        await who.button(words.and_add).click();
        await page.waitForUrl(/\/hat\/public\/groups\/CRES\?add$/);
    });
    await run('the four lines are taken as the service prints them', async () => {
        await who.field(words.senders).fill(`${pasted}\n127.0.0.9 (a host of this test)`);
        await page.waitFor('[data-line="5"][data-result=ok]');
        await assertWell(page, `gateway-${look.tag}`, '2-senders');
        await tab.locator('[data-action=submit-senders]').click();
        await page.waitFor('[data-sender="127.0.0.9"]');
        assert.match(gateway.sealpost('policy', 'diff'), /\+.*208\.90\.57\.0\/26 \(current range\)/);
        assert.equal(gateway.check('208.90.57.32').sender_group, 'ALL', 'nothing is live before the commit');
    });
    await run('Trace says beforehand what a host would meet, and keeps what was typed while its listeners were on their way', async () => {
        let arrive;
        const way = new Promise((done) => { arrive = done; });
        await tab.route('**/v1/policy/state', (call) => way.then(() => call.continue()));
        await page.goto(`${gateway.service_url}/portal/system/trace`);
        const values = { ip: '68.232.140.79', host: 'esa1.cres.iphmx.com', mail_from: 'bob@partner.test', rcpt_to: 'alice@acme.test' };
        for (const [field, value] of Object.entries(values)) await page.type(`#trace-${field}`, value);
        await tab.setChecked('#trace-tls', false);
        assert.equal(await page.call(() => document.querySelector('[data-action=trace]').disabled), true);
        arrive();
        await page.click('[data-action=trace]');
        await page.waitFor('[data-part=trace-outcome][data-outcome=refused]');
        await page.waitForText('[data-stage=host_access_table] [data-fact=sender_group]', 'CRES');
        await page.waitForText('[data-part=trace-steps]', '530');
        assert.equal(await page.call(() => document.querySelector('[data-stage=mail_flow_policy] [data-fact=tls] .origin').dataset.from), 'policy');
        await assertWell(page, `gateway-${look.tag}`, '3-trace');
    });
    await run('Commit Changes: difference, warnings, what past mail would have met, commit', async () => {
        await who.link(words.commit_bar(2)).click();
        await page.waitForText('[data-part=changes] [data-row="public/CRES"]', '208.90.57.0/26 (current range)');
        await page.waitForText('[data-part=warnings]', '204.15.81.0/26');
        await page.waitForText('[data-part=warnings]', '.res.cisco.com');
        await page.waitForText('[data-part=preview]', 'TLS_REQUIRED');
        await assertWell(page, `gateway-${look.tag}`, '4-commit');
        await who.field(words.commit_comment).fill('Replies of the envelope service over TLS');
        await who.button(words.commit).click();
        await page.waitFor('[data-version="2"]');
        await who.waitForBar(0);
        await assertWell(page, `gateway-${look.tag}`, '5-committed');
        assert.match(gateway.sealpost('policy', 'history'), /anna +Replies of the envelope service over TLS/);
    });
    await run('each of the thirteen hosts meets what its name and address say', async () => {
        for (const [name, ip, in_range] of hosts) {
            const verified = gateway.check(ip, '--host', name);
            assert.deepEqual([name, verified.policy], [name, name === suffix_only ? 'ACCEPTED' : 'TLS_REQUIRED']);
            assert.deepEqual([name, gateway.check(ip, '--host-failure', 'mismatch').policy], [name, in_range ? 'TLS_REQUIRED' : 'ACCEPTED']);
            assert.deepEqual([name, gateway.check(ip, '--host-failure', 'temporary').undecided], [name, !in_range]);
        }
    });
    await run('a host of the group has to say STARTTLS, and one whose name is not known for the moment has to come again', async () => {
        const said = await gateway.converse('127.0.0.9', ['EHLO client.partner.test', 'MAIL FROM:<bob@partner.test>', 'QUIT']);
        assert.match(said[2], /^530 /, said.join(' | '));
        const stranger = await gateway.converse('127.0.0.8', []);
        assert.match(stranger[0], /^421 /);
    });
    await playAdministrators(browser, gateway, look, who, run);
    await person.close();
}

/** Who may sign in: another one is added, disabled while signed in, let in again, removed; the last one stays. */
async function playAdministrators(browser, gateway, look, who, run) {
    const { page, tab, words } = who;
    const press = async (name, action) => {
        await tab.locator(`[data-administrator=${name}] [data-action=${action}]`).click();
        await tab.locator(`[data-administrator=${name}] [data-action=${action}-sure]`).click();
    };
    const password = () => tab.locator('[data-part=new-password] code').textContent();
    let second;
    await run('an administrator adds another, who signs in with the password that is shown once', async () => {
        await who.visit(words.administrators);
        await page.type('#administrator-name', 'bert');
        await page.click('[data-action=add]');
        await page.waitFor('[data-administrator=bert][data-enabled=true]');
        second = await startPerson(browser, { service_url: gateway.service_url, password: await password() }, look);
        await second.who.signIn('bert', '/portal/system/administrators');
        await second.who.page.waitFor('[data-administrator=anna]');
        await assertWell(page, `gateway-${look.tag}`, '6-administrators');
    });
    await run('whoever is disabled is out at once, and comes back with a new password', async () => {
        await press('bert', 'disable');
        await page.waitFor('[data-administrator=bert][data-enabled=false]');
        await second.who.page.goto(`${gateway.service_url}/portal/system/administrators`);
        await second.who.page.waitFor('[data-part=sign-in]');
        await tab.locator('[data-administrator=bert] [data-action=enable]').click();
        await page.waitFor('[data-administrator=bert][data-enabled=true]');
        await press('bert', 'password');
        await page.waitFor('[data-part=new-password]');
        second.who.world.password = await password();
        await second.who.signIn('bert', '/portal/system/administrators');
        await second.person.close();
    });
    await run('one is removed, the last one is not, and the audit trail says who did it', async () => {
        await press('bert', 'remove');
        await tab.locator('[data-administrator=bert]').waitFor({ state: 'detached' });
        await press('anna', 'remove');
        await page.waitForText('[role=alert]', words.last);
        await page.waitFor('[data-administrator=anna]');
        await assertWell(page, `gateway-${look.tag}`, '7-last-administrator', /status of 409/);
        const told = gateway.sealpost('audit', 'list', '--who', 'anna', '--subject', 'administrator:bert');
        assert.deepEqual(told.trim().split('\n').map((line) => line.match(/administrator\.\w+/)[0]), ['removed', 'password_set', 'enabled', 'disabled', 'added'].map((what) => `administrator.${what}`));
    });
}

// Both languages, one wide and one narrow.
const browser = await launch();
for (const look of makeLooks({ width: 1280, height: 900 })) {
    const gateway = await Gateway.start(process.env.SEALPOST);
    await play(browser, gateway, look).finally(() => gateway.stop());
}
await browser.close();
end();

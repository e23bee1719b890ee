// "Domains and TLS" and the page for domains' own administrators in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node tls.mjs [SHOTS_DIR [LOOK]]. By the words on the page, in both languages, both colour schemes, wide and
// 360 px; the public path once more by the keyboard alone. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { loose, startPerson } from './administrator.mjs';
import { until } from './drivers/page.mjs';
import { host, makeFaultyHosts } from './mock/domain-tests.mjs';
import { startMock } from './mock/server.mjs';
import * as steps from './steps.mjs';

const labels = {
    en: {
        test: 'Test the mail hosts', again: 'Test again', missing: 'Intermediate certificate missing', mend: 'Install the authority\'s intermediate certificate', four: 'of 4 addresses', failed: '2 of 4 addresses cannot be verified yet', passed: 'Every mail host is verified.',
        history: 'Earlier tests', evidence: /^Evidence of the test/, switch: 'Deliver replies in clear form inside verified TLS', hold: 'Hold it until it is released or verified', code_way: 'A code by mail', code: 'The code from the mail', check_code: 'Prove it with this code',
        send: (domain) => `Send a code to postmaster@${domain}`, domain: 'Your mail domain', look: 'Look', why: 'Why is mail to acme.test an envelope?', begin: 'Begin', record: 'Check the record', direct: 'Mail to acme.test arrives in clear form', leave: 'Done: sign out', add: 'Add', domains: 'Domains and TLS',
        no_record: 'The record is not there yet', wrong: 'This code is not right. 4 tries are left.',
    },
    fr: {
        test: 'Tester les serveurs de courrier', again: 'Tester à nouveau', missing: 'Certificat intermédiaire manquant', mend: 'Installez sur cet hôte le certificat intermédiaire', four: 'sur 4', failed: '2 adresses sur 4 ne peuvent pas encore être vérifiées', passed: 'Tous les serveurs de courrier sont vérifiés.',
        history: 'Tests précédents', evidence: /^Preuves du test/, switch: 'Remettre les réponses en clair dans une connexion TLS vérifiée', hold: 'La retenir jusqu’à sa libération ou une vérification', code_way: 'Un code par courriel', code: 'Le code reçu par courriel', check_code: 'Prouver avec ce code',
        send: (domain) => `Envoyer un code à postmaster@${domain}`, domain: 'Votre domaine de courrier', look: 'Regarder', why: 'Pourquoi le courrier à acme.test', begin: 'Commencer', record: 'Vérifier l’enregistrement', direct: 'Le courrier à acme.test arrive en clair', leave: 'Terminé : se déconnecter', add: 'Ajouter', domains: 'Domaines et TLS',
        no_record: 'L’enregistrement n’est pas encore visible', wrong: 'Ce code est incorrect. Il reste 4 essais.',
    },
};
const good_hosts = () => [host('mx1.acme.test', '192.0.2.1'), host('mx1.acme.test', '2001:db8::1'), host('mx2.acme.test', '192.0.2.2', 'ok', 20)];
const expected = /status of (401|403|409|429)/;

async function begin(browser, look) {
    const { world, close } = await startMock();
    const { person, who } = await startPerson(browser, world, look);
    const words = labels[look.locale.slice(0, 2)];
    return {
        world, who, words, page: who.page, tab: who.tab,
        run: (sentence, action) => steps.step(`${sentence} (${look.tag})`, action, who.page),
        well: (where) => steps.assertWell(who.page, look.tag, where, expected),
        end: async () => { await person.close(); close(); },
    };
}

/** Remembers what the page says of a running test, since each state stands for a moment only. */
const watchProgress = (page) => page.call(() => {
    window.said = [];
    new MutationObserver(() => {
        const text = document.querySelector('[data-part=progress] .busy')?.firstChild?.textContent;
        if (text && window.said.at(-1) !== text) window.said.push(text);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
});

async function playPortal(browser, look) {
    const { world, who, words, page, tab, run, well, end } = await begin(browser, look);
    const acme = '[data-domain="acme.test"]';
    const domain = tab.locator(acme);
    world.mail_hosts.set('acme.test', makeFaultyHosts());

    await run('a test is told while it runs, host by host, to screen readers, too', async () => {
        await who.signIn('admin', '/portal/domains');
        await page.waitFor(`${acme} [data-action=test]`);
        await watchProgress(page);
        await domain.getByRole('button', { name: loose(words.test) }).click();
        await page.waitFor(`${acme} .hosts li.pending`);
        await page.waitFor(`${acme} [aria-live=polite] progress`);
        await page.waitFor(`${acme} [data-part=test-result]`);
        const said = await page.call(() => window.said);
        assert.ok(said.filter((one) => one.includes(words.four)).length >= 3, `progress was said: ${said.join(' | ')}`);
    });
    await run('each host’s chain is drawn, the missing link marked, what mends it said', async () => {
        await page.waitForText(`${acme} [data-part=test-result]`, words.failed);
        await page.waitForText(`${acme} [data-verdict=missing_intermediate] .badge`, words.missing);
        await page.waitForText(`${acme} [data-verdict=missing_intermediate] .chain .missing.faulty`, 'Trusty Issuing CA 3');
        await page.waitForText(`${acme} [data-verdict=missing_intermediate] .mend`, words.mend);
        assert.equal(await page.call(() => document.querySelectorAll('[data-domain="acme.test"] .hosts [data-verdict=ok] .chain .anchor').length), 2);
        await page.waitFor('[data-part=extras] [data-extra=dane][data-state=good]');
        // A policy in testing: amber, whatever it forgets.
        await page.waitFor('[data-part=extras] [data-extra=mta_sts][data-state=warn] .badge.warn');
        assert.equal(await who.field(words.switch).isDisabled(), true, 'nothing can be switched on before the test has passed');
        await well('domains-01-failed');
    });
    await run('what the same fault stops is shown: replies that wait, and that notices wait with them', async () => {
        const row = { id: 'd1', time: new Date().toISOString(), from: 'bob@partner.test', to: 'alice@acme.test', way: 'tls', state: 'held', host: 'mx2.acme.test', tls: null, detail: 'The intermediate certificate is not sent.', sent_as: 'person', identity: null };
        world.deliveries.push(row, { ...row, id: 'd2', state: 'delivered', detail: '250 2.0.0 accepted' });
        Object.assign(world.domains[0], { needs_test: true, last_failure: 'mx2.acme.test: the intermediate certificate is not sent', stopped: { waiting: 3, said: 'No certificate path' } });
        await page.goto(`${world.service_url}/portal/domains`);
        await page.waitForText(`${acme} [data-part=stopped]`, 'alice@acme.test');
        assert.equal(await page.call(() => document.querySelectorAll('[data-part=stopped] li').length), 1, 'what was delivered is not stopped');
        await page.waitForText(`${acme} [data-part=stopped-notices]`, 'No certificate path');
        await page.waitForText(`${acme} [data-part=stopped-notices]`, '3 ');
        await well('domains-02-stopped');
    });
    await run('mended and tested again it passes, and can be switched on; each choice says what it means', async () => {
        world.mail_hosts.set('acme.test', good_hosts());
        await domain.getByRole('button', { name: loose(words.again) }).click();
        await page.waitForText(`${acme} [data-part=test-result]`, words.passed);
        await page.waitFor(`${acme} [data-action=tls-replies]:not(:disabled)`);
        await who.field(words.switch).check();
        await page.waitFor(`${acme} [data-part=tls-state].good`);
        await domain.getByLabel(words.hold).check();
        await until('the choice', () => world.domains[0].on_failure === 'hold');
        assert.equal(world.domains[0].tls_replies, true);
        await well('domains-03-switched');
    });
    await run('the history tells each test with its cause, and opens its evidence', async () => {
        await domain.locator('summary', { hasText: words.history }).click();
        await until('two tests', () => page.call(() => document.querySelectorAll('[data-test]').length === 2));
        await domain.getByRole('button', { name: words.evidence }).last().click();
        await page.waitFor('[data-test] [data-verdict=missing_intermediate] .chain .missing');
        await well('domains-04-history');
    });
    await run('a domain is proven by a record or by a code to its postmaster', async () => {
        await tab.locator('#new-domain').fill('other.test');
        await tab.locator('[data-part=add-domain]').getByRole('button', { name: loose(words.add) }).click();
        const other = tab.locator('[data-domain="other.test"]');
        await other.getByRole('button', { name: loose(words.record) }).click();
        await page.waitForText('[data-domain="other.test"] [data-part=proof-txt]', words.no_record);
        await other.getByLabel(words.code_way).check();
        await other.getByRole('button', { name: loose(words.send('other.test')) }).click();
        await page.waitForText('[data-domain="other.test"] .reference', 'AMBER-RIVER');
        await other.getByLabel(words.code).fill('11111111');
        await other.getByRole('button', { name: loose(words.check_code) }).click();
        await page.waitForText('[data-domain="other.test"] [data-part=proof-code]', words.wrong);
        await well('domains-05-code');
        await other.getByLabel(words.code).fill(world.codes.get('other.test'));
        await other.getByRole('button', { name: loose(words.check_code) }).click();
        await until('the proof', () => world.domains.find((one) => one.domain === 'other.test').proven);
        await page.waitFor('[data-domain="other.test"] [data-part=proof] > p');
    });
    await end();
}

async function playPublic(browser, look) {
    const { world, who, words, page, tab, run, well, end } = await begin(browser, look);
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    world.domains.splice(0);
    world.mail_hosts.set('acme.test', makeFaultyHosts());

    await run('a stranger enters a domain and is told why its mail is an envelope', async () => {
        await page.goto(`${world.service_url}/tls`);
        await page.waitFor('#domain');
        await well('tls-01-ask');
        await who.field(words.domain).fill('postmaster');
        await who.button(words.look).click();
        await page.waitFor('#domain[aria-invalid]:focus');
        await who.field(words.domain).fill('postmaster@Acme.test');
        await tab.keyboard.press('Enter');
        await page.waitForText('h1:focus', words.why);
        await page.waitFor('[data-part=reason][data-reason=not_known]');
        await page.waitFor('[data-part=ways][data-now=envelope]');
        await page.waitForUrl(/\/tls\?domain=acme\.test$/);
        await well('tls-02-why');
    });
    await run('the test runs before their eyes and says what to mend at each host', async () => {
        await who.button(words.test).click();
        await page.waitForText('[data-part=test-result]', words.failed);
        await page.waitForText('[data-verdict=missing_intermediate] .mend', words.mend);
        await well('tls-03-failed');
        world.mail_hosts.set('acme.test', good_hosts());
        await who.button(words.again).click();
        await page.waitForText('[data-part=test-result]', words.passed);
        await page.waitFor('[data-step="1"][data-done=true]');
    });
    await run('the domain is proven by its DNS record, which can be copied', async () => {
        await who.button(words.begin).click();
        await page.waitFor('[data-part=proof-txt] .record');
        await tab.locator('.record button').last().click();
        assert.match(await page.call(() => navigator.clipboard.readText()), /^sealpost-verify=/);
        await who.button(words.record).click();
        await page.waitForText('[data-part=proof-txt] .notice.bad', words.no_record);
        await well('tls-04-record');
        world.published.add('acme.test');
        await who.button(words.record).click();
        await page.waitFor('[data-step="2"][data-done=true]');
    });
    await run('the test is made once more for its owner, who switches direct delivery on and chooses what a failure means', async () => {
        await page.waitFor('[data-action=tls-replies]:not(:disabled)');
        assert.equal(world.past_tests.get('acme.test').length, 1);
        await who.field(words.switch).check();
        await page.waitForText('h1', words.direct);
        await page.waitFor('[data-part=ways][data-now=tls]');
        await tab.getByLabel(words.hold).check();
        await until('the choice', () => world.owned.get('acme.test').on_failure === 'hold');
        assert.equal(world.owned.get('acme.test').tls_replies, true);
        await well('tls-05-switched');
    });
    await run('who comes back within the hour manages on, and signs out at the end', async () => {
        await page.goto(`${world.service_url}/tls?domain=acme.test`);
        await page.waitFor('[data-step="3"][data-done=true] [data-action=leave]');
        await who.button(words.leave).click();
        await page.waitFor('[data-step="2"][data-done=false] .notice.good');
        await well('tls-06-left');
    });
    await run('a code to postmaster@ proves it as well', async () => {
        await who.button(words.begin).click();
        await tab.getByLabel(words.code_way).check();
        world.claims.clear();
        await who.button(words.send('acme.test')).click();
        await page.waitForText('.reference', 'AMBER-RIVER');
        assert.ok(world.claims.has('acme.test'), 'a claim that was lost is made again');
        await who.field(words.code).fill('1111 1111');
        await who.button(words.check_code).click();
        await page.waitForText('[data-part=proof-code] .notice.bad', words.wrong);
        await well('tls-07-code');
        await who.field(words.code).fill('4815 1623');
        await tab.keyboard.press('Enter');
        await page.waitFor('[data-step="2"][data-done=true]');
        await page.waitFor('[data-step="3"] h3:focus');
    });
    await run('who asks too often is told to wait, and a domain that takes no mail that it does', async () => {
        await page.goto(`${world.service_url}/tls?domain=busy.test`);
        await who.button(words.test).click();
        await page.waitFor('[data-step="1"] .notice.bad');
        await well('tls-08-busy');
        await page.goto(`${world.service_url}/tls?domain=quiet.test`);
        await who.button(words.test).click();
        await page.waitForText('[data-part=test-result]', 'MX');
        assert.equal((await page.text('[data-part=test-result]')).split(/null MX|MX nul/).length - 1, 1, 'it is said once');
        await well('tls-09-quiet');
    });
    await end();
}

/** From the question to direct delivery without a mouse. */
async function playKeyboard(browser, look) {
    const { world, page, tab, run, end } = await begin(browser, look);
    world.domains.splice(0);
    const tabTo = (selector) => until(`the focus on ${selector}`, async () => {
        if (await page.call((where) => document.activeElement?.matches(where) ?? false, selector)) return true;
        await tab.keyboard.press('Tab');
        return false;
    });
    await run('the keyboard alone leads from the question to direct delivery', async () => {
        await page.goto(`${world.service_url}/tls`);
        await page.waitFor('#domain');
        await tabTo('#domain');
        await tab.keyboard.type('acme.test');
        await tab.keyboard.press('Enter');
        await page.waitFor('h1:focus');
        await tabTo('[data-action=test]');
        await tab.keyboard.press('Enter');
        await page.waitFor('[data-step="1"][data-done=true]');
        await tabTo('[data-action=claim]');
        await tab.keyboard.press('Enter');
        await page.waitFor('input[value=txt]');
        await tabTo('input[value=txt]');
        await tab.keyboard.press('ArrowDown');
        await tabTo('[data-action=send-code]');
        await tab.keyboard.press('Enter');
        await page.waitFor('input.code');
        await tabTo('input.code');
        await tab.keyboard.type('48151623');
        await tab.keyboard.press('Enter');
        await page.waitFor('[data-step="3"] h3:focus');
        await page.waitFor('[data-action=tls-replies]:not(:disabled)');
        await tabTo('[data-action=tls-replies]');
        await tab.keyboard.press('Space');
        await page.waitFor('[data-step="3"][data-done=true]');
    });
    await end();
}

const looks = steps.makeLooks({ width: 1280, height: 900 });
const browser = await steps.launch();
for (const look of looks) {
    await playPortal(browser, look);
    await playPublic(browser, look);
}
if (looks[0]) await playKeyboard(browser, looks[0]);
await browser.close();
steps.end();

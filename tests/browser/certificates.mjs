// "Network > Certificates" and "Doctor" in Chromium, against the mock: SEALPOST_WEB_OUT=DIST node certificates.mjs [SHOTS_DIR [LOOK]].
// By the words on the page, in both languages, both colour schemes, wide and 360 px; the main path once more by the keyboard
// alone. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPerson } from './administrator.mjs';
import { until } from './drivers/page.mjs';
import { makeFaultyHosts } from './mock/domain-tests.mjs';
import { startMock } from './mock/server.mjs';
import * as steps from './steps.mjs';

const labels = {
    en: {
        certificates: 'Certificates', demo: 'Demo certificate: nobody can verify it', create: 'Create a request…', names: 'Host names, one a line', organisation: 'Organisation', optional: 'Organisation (optional)', country: 'Country, two letters',
        make: 'Create the request', csr: 'Certificate request', copy: 'Copy: Certificate request', install: 'Install signed certificate…', certificate: 'Certificate', intermediates: 'Intermediate certificates',
        check: 'Check', force: 'Install it although it does not verify…', force_yes: 'Yes, install it even though it does not verify', now: 'Install', missing: 'Intermediate certificate missing', days: '69 days left', listener: 'listener public',
        pkcs12: 'All in one PKCS#12 file', password: 'Password of the file', renew: 'Renew now', doctor: 'Doctor', domain: 'Domain', examine: 'Examine', healthy: 'partner.test is healthy.', ill: '2 things are not well.', mend: 'Install the intermediate certificate',
    },
    fr: {
        certificates: 'Certificats', demo: 'Certificat de démonstration : personne ne peut le vérifier', create: 'Créer une demande…', names: 'Noms d’hôte, un par ligne', organisation: 'Organisation', optional: 'Organisation (facultatif)', country: 'Pays, deux lettres',
        make: 'Créer la demande', csr: 'Demande de certificat', copy: 'Copier : Demande de certificat', install: 'Installer le certificat signé…', certificate: 'Certificat', intermediates: 'Certificats intermédiaires',
        check: 'Vérifier', force: 'L’installer bien qu’il ne soit pas vérifiable…', force_yes: 'Oui, l’installer bien qu’il ne soit pas vérifiable', now: 'Installer', missing: 'Certificat intermédiaire manquant', days: 'encore 69 jours', listener: 'écouteur public',
        pkcs12: 'Tout dans un fichier PKCS#12', password: 'Mot de passe du fichier', renew: 'Renouveler maintenant', doctor: 'Diagnostic', domain: 'Domaine', examine: 'Examiner', healthy: 'partner.test se porte bien.', ill: '2 points ne vont pas bien.', mend: 'Installez le certificat intermédiaire',
    },
};

const pem = (word) => `-----BEGIN CERTIFICATE-----\n${word}\n-----END CERTIFICATE-----\n`;
const expected = /status of (400|401|403|409|429)/;
const spaced = (text) => text.replace(/ ([:;?!»])/g, '\u00a0$1');

async function play(browser, look) {
    const { world, close } = await startMock();
    const { person, who } = await startPerson(browser, world, look);
    const { page, tab } = who;
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const words = labels[look.locale.slice(0, 2)];
    const run = (sentence, action) => steps.step(`${sentence} (${look.tag})`, action, page);
    const well = (where) => steps.assertWell(page, look.tag, where, expected);
    const mx1 = () => world.certificates.find((one) => one.name === 'mx1');

    await run('the list says of each certificate how it stands, and of the demo certificate that nobody can verify it', async () => {
        await who.signIn('admin', '/portal/network/certificates');
        await page.waitForText('[data-part=loud]', spaced(words.demo));
        await page.waitFor('[data-certificate=mx1] [data-state=demo]');
        await page.waitFor('[data-certificate=old] [data-state=expired]');
        await page.waitForText('[data-certificate=keys]', words.days);
        await page.waitForText('[data-certificate=mx1]', words.listener);
        await well('certificates-01-list');
    });
    await run('the demo certificate’s page draws a chain of one faulty box', async () => {
        await tab.locator('[data-certificate=mx1] a').click();
        await page.waitForText('[data-part=loud]', spaced(words.demo));
        await page.waitFor('.chain li.faulty:only-child');
        await page.waitFor('.lifetime');
        await well('certificates-02-demo');
    });
    await run('a request is created for the names, and its text can be copied and saved', async () => {
        await who.link(words.create).click();
        await who.field(words.names).fill('no name!');
        await who.button(words.make).click();
        await page.waitFor('#request-names[aria-invalid]:focus');
        await who.field(words.names).fill('mx1.acme.test\nmail.acme.test');
        await tab.locator('summary', { hasText: words.optional }).click();
        await tab.locator('#request-organization').fill('Acme');
        await tab.locator('#request-country').fill('CH');
        await well('certificates-03-request');
        await who.button(words.make).click();
        await page.waitFor('[data-part=pending-request]');
        assert.deepEqual(world.last_request, { names: ['mx1.acme.test', 'mail.acme.test'], key_type: 'ecdsa', subject: { organization: 'Acme', country: 'CH' } });
        assert.match(await who.field(words.csr).inputValue(), /^-----BEGIN CERTIFICATE REQUEST-----/);
        await who.button(words.copy).click();
        assert.equal(await page.call(() => navigator.clipboard.readText()), mx1().request.pem);
        const [download] = await Promise.all([tab.waitForEvent('download'), tab.locator('[data-action=download-csr]').click()]);
        assert.equal(download.suggestedFilename(), 'mx1.csr');
        assert.equal(readFileSync(await download.path(), 'utf8'), mx1().request.pem);
        await well('certificates-04-csr');
    });
    await run('what is no certificate is told at the field, before anything is asked', async () => {
        await who.link(words.install).click();
        await who.field(words.certificate).fill(mx1().request.pem);
        await who.button(words.check).click();
        await page.waitFor('#install-certificate[aria-invalid]:focus');
        await page.waitForText('#install-certificate-bad', 'CSR');
        await who.field(words.certificate).fill(pem('OTHER'));
        await who.button(words.check).click();
        await page.waitFor('[data-part=install-form] > .notice.bad');
        await well('certificates-05-refused');
    });
    await run('a certificate without its intermediate is drawn with the gap, and installed only behind the longer words', async () => {
        await who.field(words.certificate).fill(pem('LEAF'));
        await who.button(words.check).click();
        await page.waitFor('[data-part=checked] [data-verdict=missing_intermediate]');
        await page.waitForText('[data-part=checked] .chain .missing', 'Trusty Issuing CA 3');
        assert.equal(await page.attribute('.chain .missing a', 'href'), 'http://crt.trusty.test/issuing3.crt');
        await page.waitForText('[data-part=checked]', words.mend);
        assert.equal(await page.has('[data-action=install-now]'), false);
        await well('certificates-06-gap');
        await who.button(words.force).click();
        await page.waitFor('#force-question:focus');
        assert.equal(mx1().state, 'demo', 'nothing is installed before the second answer');
        await well('certificates-07-force');
        await who.button(words.force_yes).click();
        await page.waitFor('[data-part=entry] [data-verdict=missing_intermediate]');
        await page.waitFor('.chain .missing');
        assert.equal(mx1().state, 'installed');
        await well('certificates-08-installed-gap');
    });
    await run('the intermediate alone completes it, from a file', async () => {
        const file = join(mkdtempSync(join(tmpdir(), 'sealpost-pem-')), 'issuing.pem');
        writeFileSync(file, pem('INTERMEDIATE'));
        await who.link(words.install).click();
        await tab.locator('#install-intermediates-file').setInputFiles(file);
        await until('the file to be read', async () => (await who.field(words.intermediates).inputValue()).includes('INTERMEDIATE'));
        await who.button(words.check).click();
        await page.waitFor('[data-part=checked] [data-verdict=ok]');
        await page.waitFor('.chain .anchor');
        await well('certificates-09-whole');
        await tab.locator('[data-action=install-now]').click();
        await page.waitFor('[data-part=entry] [data-verdict=ok]');
        assert.equal(await page.call(() => document.querySelectorAll('.chain li').length), 3, 'leaf, intermediate and the authority');
        await well('certificates-10-installed');
    });
    await run('what was entered after a check must be checked again', async () => {
        await who.link(words.install).click();
        await tab.getByLabel(words.pkcs12).check();
        await tab.locator('#install-pkcs12').setInputFiles({ name: 'mx1.p12', mimeType: 'application/x-pkcs12', buffer: Buffer.from('not really') });
        await who.field(words.password).fill('wrong');
        await who.button(words.check).click();
        await page.waitFor('[data-part=install-form] > .notice.bad');
        await who.field(words.password).fill('sesame');
        await who.button(words.check).click();
        await page.waitFor('[data-action=install-now]');
        await well('certificates-11-pkcs12');
        await who.field(words.password).fill('sesame2');
        await until('the button to go', async () => !(await page.has('[data-action=install-now]')));
    });
    await run('a certificate of an authority that renews it can be renewed now, one in files is only shown', async () => {
        await page.goto(`${world.service_url}/portal/network/certificates/keys`);
        await who.button(words.renew).click();
        await page.waitFor('[data-part=renewal] .notice.good');
        assert.equal(world.renewed, 'keys');
        await well('certificates-12-renewal');
        await page.goto(`${world.service_url}/portal/network/certificates/files`);
        await page.waitFor('[data-part=entry] .notice.info');
        assert.equal(await page.has('[data-action=install]'), false);
        await well('certificates-13-files');
    });
    await run('the doctor tells what is not well, in its order, with what mends it', async () => {
        world.mail_hosts.set('acme.test', makeFaultyHosts());
        await who.visit(words.doctor);
        await who.field(words.domain).fill('acme.test');
        await who.button(words.examine).click();
        await page.waitForText('[data-part=doctor-summary][data-healthy=false]', words.ill);
        assert.deepEqual(await page.call(() => [...document.querySelectorAll('.doctor-section')].map((one) => `${one.dataset.section} ${one.dataset.state}`)),
            ['mx good', 'tls bad', 'spf warn', 'dkim good', 'dmarc warn', 'hat good', 'tls_reports unknown']);
        await tab.locator('.doctor-evidence summary').click();
        await page.waitFor('.doctor-evidence .chain .missing');
        await well('doctor-01');
        await who.field(words.domain).fill('partner.test');
        await who.button(words.examine).click();
        await page.waitForText('[data-part=doctor-summary][data-healthy=true]', words.healthy);
        await well('doctor-02-healthy');
    });
    await person.close();
    close();
}

/** From the list to an installed certificate without a mouse. */
async function playKeyboard(browser, look) {
    const { world, close } = await startMock();
    const { person, who } = await startPerson(browser, world, look);
    const { page, tab } = who;
    const press = (...keys) => keys.reduce((before, key) => before.then(() => tab.keyboard.press(key)), Promise.resolve());
    /** Goes on by Tab until it stands on what is looked for. */
    const tabTo = (selector) => until(`the focus on ${selector}`, async () => {
        if (await page.call((where) => document.activeElement?.matches(where) ?? false, selector)) return true;
        await press('Tab');
        return false;
    });
    await steps.step('the keyboard alone leads from the list to an installed certificate', async () => {
        await who.signIn('second', '/portal/network/certificates');
        await page.waitFor('[data-certificate=mx1]');
        await page.call(() => document.querySelector('main').focus());
        await tabTo('[data-certificate=mx1] a');
        await press('Enter');
        await page.waitFor('[data-action=install]');
        await tabTo('[data-action=install]');
        await press('Enter');
        await page.waitFor('#install-certificate');
        await tabTo('#install-certificate');
        await tab.keyboard.insertText(pem('LEAF'));
        await tabTo('#install-intermediates');
        await tab.keyboard.insertText(pem('INTERMEDIATE'));
        await tabTo('[data-action=check]');
        await press('Enter');
        await page.waitFor('[data-part=checked] h2:focus');
        await tabTo('[data-action=install-now]');
        await press('Enter');
        await page.waitFor('[data-part=entry] [data-verdict=ok]');
    }, page);
    await person.close();
    close();
}

const looks = steps.makeLooks({ width: 1280, height: 900 });
const browser = await steps.launch();
for (const look of looks) await play(browser, look);
if (looks[0]) await playKeyboard(browser, looks[0]);
await browser.close();
steps.end();

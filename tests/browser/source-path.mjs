// The whole path from envelopes to replies in clear form, with real nodes in Chromium: SEALPOST=PROGRAM node source-path.mjs [SHOTS_DIR [LOOK]].
// By the words on the pages, once in each language: a request, its certificate installed without the intermediate, the test
// that names what is missing, the intermediate, the test that passes, the switch, a reply that arrives in clear form over TLS,
// and a message that Bob begins later. Beside it a stranger at /tls, and the doctor.
import assert from 'node:assert/strict';
import { Administrator, loose } from './administrator.mjs';
import { SourceWorld } from './source-world.mjs';
import * as steps from './steps.mjs';

const labels = {
    en: {
        certificates: 'Certificates', demo: 'Demo certificate: nobody can verify it', request: 'Create a request…', make: 'Create the request', csr: 'Certificate request', install: 'Install signed certificate…', certificate: 'Certificate',
        intermediates: 'Intermediate certificates', check: 'Check', missing: 'Intermediate certificate missing', force: 'Install it although it does not verify…', force_yes: 'Yes, install it even though it does not verify', now: 'Install', verifies: 'The chain verifies.',
        test: 'Test the mail hosts', again: 'Test again', passed: 'Every mail host is verified.', switch: 'Deliver replies in clear form inside verified TLS', address: 'Your mail address', send_code: 'Send me a code', code: 'Code (8 digits)', open: 'Open the message',
        compose: 'Write a secure message', go_on: 'Go on', reach: 'Whom you can reach here', to: 'To (addresses, parted by commas)', subject: 'Subject', out_of_reach: 'You cannot write from here to bob@mixed.test.',
        reply: 'Reply', text: 'Your text', send: 'Send', sent: 'Your message is on its way', refresh: 'Refresh',
        your_domain: 'Your mail domain', look: 'Look', why: 'Why is mail to mixed.test an envelope?', none_good: '3 of 3 addresses cannot be verified yet', direct: 'Mail to acme.test arrives in clear form',
        mends: { missing_intermediate: 'Install the authority\'s intermediate certificate', no_starttls: 'Enable TLS on the listener', refused_by_banner: 'Let the service\'s addresses through' },
        doctor: 'Doctor', domain: 'Domain', examine: 'Examine',
    },
    fr: {
        certificates: 'Certificats', demo: 'Certificat de démonstration : personne ne peut le vérifier', request: 'Créer une demande…', make: 'Créer la demande', csr: 'Demande de certificat', install: 'Installer le certificat signé…', certificate: 'Certificat',
        intermediates: 'Certificats intermédiaires', check: 'Vérifier', missing: 'Certificat intermédiaire manquant', force: 'L’installer bien qu’il ne soit pas vérifiable…', force_yes: 'Oui, l’installer bien qu’il ne soit pas vérifiable', now: 'Installer', verifies: 'La chaîne est vérifiable.',
        test: 'Tester les serveurs de courrier', again: 'Tester à nouveau', passed: 'Tous les serveurs de courrier sont vérifiés.', switch: 'Remettre les réponses en clair dans une connexion TLS vérifiée', address: 'Votre adresse électronique', send_code: 'Envoyez-moi un code', code: 'Code (8 chiffres)', open: 'Ouvrir le message',
        compose: 'Écrire un message sécurisé', go_on: 'Continuer', reach: 'Qui vous pouvez joindre ici', to: 'À (adresses séparées par des virgules)', subject: 'Objet', out_of_reach: 'Vous ne pouvez pas écrire d’ici à bob@mixed.test.',
        reply: 'Répondre', text: 'Votre texte', send: 'Envoyer', sent: 'Votre message est en route', refresh: 'Actualiser',
        your_domain: 'Votre domaine de courrier', look: 'Regarder', why: 'Pourquoi le courrier à mixed.test est\u2011il sous pli', none_good: '3 adresses sur 3 ne peuvent pas encore être vérifiées', direct: 'Le courrier à acme.test arrive en clair',
        mends: { missing_intermediate: 'Installez sur cet hôte le certificat intermédiaire', no_starttls: 'Activez TLS (Préféré ou Requis) sur l\'écouteur', refused_by_banner: 'Laissez passer les adresses du service' },
        doctor: 'Diagnostic', domain: 'Domaine', examine: 'Examiner',
    },
};

const acme = '[data-domain="acme.test"]';
const spaced = (text) => text.replace(/ ([:;?!»])/g, '\u00a0$1');

/** Somebody in a browser of their own, who finds things by what is written on them. */
async function startSomebody(browser, look, url) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    page.page.setDefaultTimeout(20_000);
    return { person, page, tab: page.page, who: new Administrator(page, { service_url: url }, look) };
}

async function play(browser, look) {
    const words = labels[look.locale.slice(0, 2)];
    const world = await SourceWorld.start(process.env.SEALPOST);
    const gateway = await startSomebody(browser, look, world.gateway_url);
    const service = await startSomebody(browser, look, world.service_url);
    const bob = await startSomebody(browser, look, world.service_url);
    const stranger = await startSomebody(browser, look, world.service_url);
    gateway.who.world.password = service.who.world.password = world.password;
    let is_broken = false;
    const run = async (sentence, action, page) => {
        if (!is_broken) is_broken = !(await steps.step(`the whole path: ${sentence} (${look.tag})`, action, page));
    };
    const well = (page, where) => steps.assertWell(page, `source-${look.tag}`, where, /status of (401|403|404|409)/);

    await run('Alice sends a sealed message, and Bob opens it and answers: the reply is an envelope, too', async () => {
        await world.send('[secure] Contract', 'Here is the contract.');
        const notification = await world.arrival('bob@partner.test', 1);
        await openEnvelope(bob, world, words, linkOf(notification));
        await reply(bob, words, 'Sealed answer');
        const sealed = await world.arrival('alice@acme.test', 1);
        assert.ok(sealed.attachments.some((one) => /\.html?$/.test(one.filename ?? '')), 'what arrives is an envelope');
        assert.equal(sealed.raw.includes('Sealed answer'), false);
    }, bob.page);
    await run('Network > Certificates calls the demo certificate what it is, and makes a request', async () => {
        await gateway.who.signIn('anna', '/portal/network/certificates');
        await gateway.who.visit(words.certificates);
        await gateway.page.waitForText('[data-part=loud]', spaced(words.demo));
        await well(gateway.page, '01-demo');
        await gateway.tab.getByRole('link', { name: 'mx1', exact: true }).click();
        await gateway.who.link(words.request).click();
        await gateway.who.button(words.make).click();
        await gateway.page.waitFor('[data-part=pending-request]');
    }, gateway.page);
    await run('the signed certificate is installed without its intermediate, against the longer words', async () => {
        const signed = world.authority.signRequest(await gateway.who.field(words.csr).inputValue(), 'mx1.acme.test');
        await gateway.who.link(words.install).click();
        await gateway.who.field(words.certificate).fill(signed);
        await gateway.who.button(words.check).click();
        await gateway.page.waitForText('[data-part=checked] [data-part=finding]', words.missing);
        await gateway.page.waitForText('[data-part=checked] .chain .missing', 'Test intermediate');
        await well(gateway.page, '02-gap');
        await gateway.who.button(words.force).click();
        await gateway.who.button(words.force_yes).click();
        await gateway.page.waitFor('[data-part=entry] [data-verdict=missing_intermediate]');
    }, gateway.page);
    await run('a stranger at /tls sees a test go on host by host, and what mends each', async () => {
        await stranger.page.goto(`${world.service_url}/tls`);
        await stranger.who.field(words.your_domain).fill('postmaster@mixed.test');
        await stranger.who.button(words.look).click();
        await stranger.page.waitForText('h1:focus', words.why);
        await stranger.page.waitFor('[data-part=reason][data-reason=not_known]');
        await stranger.who.button(words.test).click();
        // The third host keeps everybody waiting: what the others are is told meanwhile.
        await stranger.page.waitFor('[aria-live=polite] [data-part=progress][data-tested="2"] progress');
        await stranger.page.waitFor('.hosts li.pending:last-child');
        for (const verdict of ['missing_intermediate', 'no_starttls']) await stranger.page.waitForText(`[data-verdict=${verdict}] .mend`, words.mends[verdict]);
        assert.equal(await stranger.page.has('[data-part=test-result]'), false, 'the test still runs');
        await well(stranger.page, '03-stranger-progress');
        world.hesitant.refuse();
        await stranger.page.waitForText('[data-part=test-result][data-ready=false]', words.none_good);
        await stranger.page.waitForText('[data-verdict=refused_by_banner] .mend', words.mends.refused_by_banner);
        await stranger.page.waitForText('[data-verdict=missing_intermediate] .chain .missing.faulty', 'Test intermediate');
        await well(stranger.page, '04-stranger-failed');
    }, stranger.page);
    await run('Doctor says the same of acme.test to the administrator, with what mends it', async () => {
        await examine(gateway, words);
        await gateway.page.waitFor('[data-part=doctor-summary][data-healthy=false]');
        await gateway.page.waitFor('[data-section=mx][data-state=good]');
        await gateway.page.waitForText('[data-section=tls] li[data-state=bad] .doctor-fix', words.mends.missing_intermediate);
        await gateway.tab.locator('.doctor-evidence summary').click();
        await gateway.page.waitForText('.doctor-evidence .chain .missing.faulty', 'Test intermediate');
        await well(gateway.page, '05-doctor');
        await gateway.page.goto(`${world.gateway_url}/portal/network/certificates/mx1`);
    }, gateway.page);
    await run('the domain test fails and names what is missing', async () => {
        await service.who.signIn('admin', '/portal/domains');
        await service.tab.locator(acme).getByRole('button', { name: loose(words.test) }).click();
        await service.page.waitFor(`${acme} [data-part=test-result][data-ready=false]`);
        await service.page.waitForText(`${acme} [data-verdict=missing_intermediate] .badge`, words.missing);
        await service.page.waitForText(`${acme} .chain .missing.faulty`, 'Test intermediate');
        assert.equal(await service.who.field(words.switch).isDisabled(), true);
        await well(service.page, '06-failed');
    }, service.page);
    await run('the intermediate is installed, and the chain verifies', async () => {
        await gateway.who.link(words.install).click();
        await gateway.who.field(words.intermediates).fill(world.authority.intermediate);
        await gateway.who.button(words.check).click();
        await gateway.page.waitFor('[data-part=checked] [data-verdict=ok]');
        await gateway.tab.locator('[data-part=checked]').getByRole('button', { name: loose(words.now) }).click();
        await gateway.page.waitForText('[data-part=entry] [data-part=finding]', words.verifies);
        await well(gateway.page, '07-installed');
        await examine(gateway, words);
        await gateway.page.waitFor('[data-section=tls][data-state=good]');
    }, gateway.page);
    await run('tested again it passes, and TLS replies are switched on', async () => {
        await service.tab.locator(acme).getByRole('button', { name: loose(words.again) }).click();
        await service.page.waitForText(`${acme} [data-part=test-result]`, words.passed);
        await service.page.waitFor(`${acme} [data-action=tls-replies]:not(:disabled)`);
        await service.who.field(words.switch).check();
        await service.page.waitFor(`${acme} [data-part=tls-state].good`);
        await well(service.page, '08-switched');
        await stranger.page.goto(`${world.service_url}/tls?domain=acme.test`);
        await stranger.page.waitForText('h1', words.direct);
    }, service.page);
    await run('the next reply arrives in clear form over verified TLS', async () => {
        await reply(bob, words, 'Clear answer');
        const clear = await world.arrival('alice@acme.test', 2);
        assert.equal(clear.text.includes('Clear answer'), true);
        assert.equal(clear.attachments.length, 0, 'it is no envelope');
        assert.match(clear.raw, /^Received: .*\r\n(?:\s.*\r\n)*\s.*(?:ESMTPS|UTF8SMTPS|TLS)/m, 'the gateway writes how it came');
        await service.who.button(words.refresh).click();
        await service.page.waitForText('[data-part=deliveries] tr[data-way=tls][data-state=delivered]', 'TLSv1');
        await well(service.page, '09-delivered');
    }, bob.page);
    const later = await startSomebody(browser, look, world.service_url);
    await run('later and without a session Bob begins a message, by a code; who is out of reach is named, and Alice gets it in clear form', async () => {
        await later.page.goto(`${world.service_url}/compose?to=alice@acme.test`);
        await later.page.waitForText('h1', words.compose);
        await proveAddress(later, world, words, words.go_on);
        await later.page.waitForText('[data-part=reach]', words.reach);
        await later.page.waitForText('[data-part=reach]', 'acme.test');
        await later.who.field(words.to).fill('alice@acme.test, bob@mixed.test');
        await later.who.field(words.subject).fill('Begun');
        await later.who.field(words.text).fill('A message that answers nothing.');
        await later.who.button(words.send).click();
        await later.page.waitForText('#to-bad', words.out_of_reach);
        await well(later.page, '10-out-of-reach');
        await later.who.field(words.to).fill('alice@acme.test');
        await later.who.button(words.send).click();
        await later.page.waitForText('[data-part=sent]', words.sent);
        await well(later.page, '11-begun');
        const begun = await world.arrival('alice@acme.test', 3);
        assert.equal(begun.text.includes('A message that answers nothing.'), true);
        assert.equal(begun.attachments.length, 0, 'it is no envelope');
    }, later.page);
    for (const { person } of [gateway, service, bob, stranger, later]) await person.close();
    await world.stop();
}

async function examine({ who }, words) {
    await who.visit(words.doctor);
    await who.field(words.domain).fill('acme.test');
    await who.button(words.examine).click();
}

function linkOf({ text = '', html = '' }) {
    const link = /https?:\/\/[^\s"'<>]+\/open\/[a-z2-7]{26}/.exec(`${text} ${html}`)?.[0];
    assert.ok(link, 'the notification carries a link');
    return link;
}

async function openEnvelope(somebody, world, words, link) {
    await somebody.page.goto(link);
    await proveAddress(somebody, world, words, words.open);
    await somebody.page.waitFor('[data-part=message]', 60_000);
}

/** By the code in Bob's mailbox. */
async function proveAddress({ page, who }, world, words, next) {
    const before = world.mailboxes.count('bob@partner.test');
    await who.field(words.address).fill('bob@partner.test');
    await who.button(words.send_code).click();
    const reference = (await page.text('[data-part=reference]')).trim();
    const mail = await world.arrival('bob@partner.test', before + 1);
    const said = `${mail.text ?? ''}`;
    assert.ok(said.includes(reference), 'mail and page show the same words');
    const [, first, last] = /(?<!\d)(\d{4})[\s-]?(\d{4})(?!\d)/.exec(said.replaceAll(reference, ''));
    await who.field(words.code).fill(first + last);
    await who.button(next).click();
}

async function reply({ page, who }, words, text) {
    await who.button(words.reply).click();
    await who.field(words.text).fill(text);
    await who.button(words.send).click();
    await page.waitForText('[data-part=sent]', words.sent);
    await page.click('[data-part=sent] button');
}

if (!process.env.SEALPOST) {
    console.error('SEALPOST must name the program');
    process.exit(2);
}
const looks = steps.makeLooks({ width: 1280, height: 900 }).filter((look) => look.tag.startsWith('wide'));
const browser = await steps.launch();
for (const look of looks) await play(browser, look);
await browser.close();
steps.end();

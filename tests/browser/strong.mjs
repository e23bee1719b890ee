// Envelopes that ask for assurance "strong", with real nodes: SEALPOST=PROGRAM node strong.mjs [SHOTS_DIR [LOOK]].
// Bob has nothing yet: he sets an authenticator app up where the envelope asks for it and goes on to the message. Later his mailbox
// and his password are not enough; a code is, once; a recovery code, too, once. In Chromium he adds a passkey, which then opens
// alone. In Firefox the same with the app.
import assert from 'node:assert/strict';
import { launchFirefox } from './drivers/firefox.mjs';
import { until } from './drivers/page.mjs';
import { SourceWorld } from './source-world.mjs';
import * as steps from './steps.mjs';
import { codeOf, stepOf } from './totp.mjs';

const bob = 'bob@partner.test';
const password = 'correct horse battery';
/** What a browser logs about answers that are no success. */
const expected = /status of (401|403|429)/;

function linkOf({ text = '', html = '' }) {
    const link = /https?:\/\/[^\s"'<>]+\/open\/[a-z2-7]{26}/.exec(`${text} ${html}`)?.[0];
    assert.ok(link, 'the notification carries a link');
    return link;
}

/** One person in one browser, who knows the key of their app and which of its codes were used. */
class Somebody {
    used = 0;

    constructor(world, page) {
        Object.assign(this, { world, page });
    }

    /** Never one whose step was used, which may mean to wait until the next one is taken. */
    async freshCode() {
        const step = Math.max(stepOf(), this.used + 1);
        await until('a code that was not used', async () => step <= stepOf() + 1, 60_000);
        this.used = step;
        return codeOf(this.key, step);
    }

    /** Some mail of his says so. */
    isMailed(pattern) {
        return until(`a mail with ${pattern}`, async () => {
            for (let n = this.world.mailboxes.count(bob); n > 0; n -= 1) if (pattern.test((await this.world.mailboxes.read(bob, n)).text ?? '')) return true;
            return false;
        }, 60_000);
    }

    async proveByMail() {
        const { page, world } = this;
        const before = world.mailboxes.count(bob);
        await page.type('#address', bob);
        if (await page.has('#password')) await page.click('[data-part=prove] form .row button.plain');
        await page.click('[data-part=prove] button[type=submit]');
        const reference = (await page.text('[data-part=reference]')).trim();
        const mail = await until('the code', async () => {
            for (let n = before + 1; n <= world.mailboxes.count(bob); n += 1) {
                const one = await world.mailboxes.read(bob, n);
                if (`${one.text}`.includes(reference)) return one;
            }
            return null;
        }, 60_000);
        const [, first, last] = /(?<!\d)(\d{4})[\s-]?(\d{4})(?!\d)/.exec(mail.text.replaceAll(reference, ''));
        await page.type('#code', first + last);
        await page.click('[data-part=code] button[type=submit]');
    }

    async proveByPassword() {
        const { page } = this;
        await page.type('#address', bob);
        if (!(await page.has('#password'))) await page.click('[data-part=prove] form .row button.plain');
        await page.type('#password', password);
        await page.click('[data-part=prove] button[type=submit]');
    }

    async enterCode(code) {
        await this.page.type('#totp', code);
        await this.page.click('[data-part=second-factor] form button[type=submit]');
    }

    async setUpApp() {
        const { page } = this;
        await page.click('[data-action=begin-app]');
        this.key = (await page.text('[data-part=app-key]')).trim();
        const uri = await page.attribute('[data-part=app-uri]', 'href');
        assert.ok(uri.startsWith('otpauth://totp/') && uri.includes(`secret=${this.key.replace(/\s/g, '')}`), 'the URI has the key');
        await page.waitFor('svg.qr');
    }

    async confirmApp() {
        await this.page.type('#app-code', await this.freshCode());
        await this.page.click('[data-part=set-up-app] button[type=submit]');
    }

    async keepRecoveryCodes() {
        const { page } = this;
        await page.click('[data-action=make-recovery]');
        await page.waitFor('[data-part=recovery-codes]');
        this.codes = await page.call(() => [...document.querySelectorAll('.codes code')].map((one) => one.textContent));
        assert.equal(this.codes.length, 10);
    }

    async read(text) {
        await this.page.waitFor('[data-part=message]', 60_000);
        await this.page.waitForText('[data-part=text]', text);
    }

    async signOut() {
        await this.page.click('[data-part=own-session] [data-action=sign-out]');
        await this.page.waitFor('[data-part=prove]');
    }
}

async function send(world, text) {
    const before = world.mailboxes.count(bob);
    await world.send('[strong] Payroll', text);
    return linkOf(await world.arrival(bob, before + 1));
}

async function begin(browser, look) {
    const world = await SourceWorld.start(process.env.SEALPOST);
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    let is_broken = false;
    const run = async (sentence, action) => {
        if (!is_broken) is_broken = !(await steps.step(`strong: ${sentence} (${browser.name} ${look.tag})`, action, page));
    };
    const well = (where) => (browser.name === 'chromium' ? steps.assertWell(page, `strong-${look.tag}`, where, expected) : page.findBarriers().then((found) => assert.equal(found, '')));
    return { world, person, page, run, well, who: new Somebody(world, page) };
}

async function playApp({ world, page, run, well, who }) {
    let link;
    await run('Bob, who has nothing yet, chooses a password and sets up an app where the envelope asks, and reads', async () => {
        link = await send(world, 'The payroll.');
        await page.goto(link);
        await page.waitFor('#address');
        await who.proveByMail();
        await page.type('#new-password', password);
        await page.click('[data-part=choose-password] button[type=submit]');
        await page.waitFor('[data-part=set-up-factor]');
        await well('01-set-up');
        await who.setUpApp();
        await well('02-app');
        await who.confirmApp();
        await page.waitFor('[data-part=set-up-done]');
        await who.keepRecoveryCodes();
        await well('03-recovery-codes');
        await page.click('[data-action=kept]');
        await who.read('The payroll.');
    });
    await run('a note that an app was set up is mailed to him', () => who.isMailed(/authenticator app was set up|application d’authentification a été configurée/));
    await run('the mailbox alone does not open it: the password is asked for, then a code', async () => {
        await who.signOut();
        await page.waitFor('#address');
        await who.proveByMail();
        await page.waitFor('#password');
        assert.equal(await page.has('[data-part=message]'), false);
        await who.proveByPassword();
        await page.waitFor('[data-part=second-factor]');
        await well('04-second-factor');
    });
    await run('a wrong code and a used one are refused, a fresh one opens', async () => {
        const used = codeOf(who.key, who.used);
        const fresh = await who.freshCode();
        for (const wrong of ['000000', used]) {
            await who.enterCode(wrong);
            await page.waitFor('[data-part=second-factor] .notice.bad');
        }
        await well('05-wrong-code');
        await who.enterCode(fresh);
        await who.read('The payroll.');
    });
    await run('a recovery code stands in, once', async () => {
        await who.signOut();
        await who.proveByPassword();
        await page.click('[data-action=use-recovery]');
        await page.type('#recovery_code', who.codes[0].toUpperCase());
        await page.click('[data-part=second-factor] form button[type=submit]');
        await who.read('The payroll.');
        await who.signOut();
        await who.proveByPassword();
        await page.click('[data-action=use-recovery]');
        await page.type('#recovery_code', who.codes[0]);
        await page.click('[data-part=second-factor] form button[type=submit]');
        await page.waitFor('[data-part=second-factor] .notice.bad');
    });
    return link;
}

/** An authenticator inside the browser, which verifies its user by itself. */
async function plugInAuthenticator(page) {
    const devtools = await page.page.context().newCDPSession(page.page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
}

async function playPasskey({ world, page, run, well, who }, link) {
    await run('at "Sign-in and security" nothing can be changed before the second factor, which outlives a new key-encryption key', async () => {
        world.service.run(['kek', 'rotate']);
        await plugInAuthenticator(page);
        await page.goto(`${world.service_url}/security`);
        await page.waitFor('[data-part=second-factor]');
        assert.equal(await page.has('[data-part=add-passkey]'), false);
        await who.enterCode(await who.freshCode());
        await page.waitFor('[data-part=add-passkey]');
    });
    await run('he adds a passkey, and renames it', async () => {
        await page.type('#passkey-name', 'laptop');
        await page.click('[data-part=add-passkey] button[type=submit]');
        await page.waitFor('[data-passkey=laptop]');
        await well('06-security');
        await page.click('[data-passkey=laptop] [data-action=rename]');
        await page.type('[data-passkey=laptop] input', 'old laptop');
        await page.click('[data-passkey=laptop] form button[type=submit]');
        await page.waitFor('[data-passkey="old laptop"]');
    });
    await run('signed out, the passkey alone opens the envelope, without an address', async () => {
        await page.click('[data-part=own-session] [data-action=sign-out]');
        await page.waitFor('[data-part=prove]');
        await page.goto(link);
        await page.waitFor('[data-action=passkey]');
        await well('07-passkey-first');
        await page.click('[data-action=passkey]');
        await who.read('The payroll.');
    });
    await run('after the password, the passkey is offered first, too', async () => {
        await who.signOut();
        await who.proveByPassword();
        await page.waitFor('[data-part=second-factor] [data-action=passkey]');
        await well('08-passkey-or-code');
        await page.click('[data-part=second-factor] [data-action=passkey]');
        await who.read('The payroll.');
    });
    await run('removed, it opens nothing more', async () => {
        await page.goto(`${world.service_url}/security`);
        page.page.once('dialog', (dialog) => dialog.accept());
        await page.click('[data-passkey="old laptop"] [data-action=remove]');
        await until('the passkey to be gone', async () => !(await page.has('[data-passkey="old laptop"]')));
        await page.click('[data-part=own-session] [data-action=sign-out]');
        await page.click('[data-part=prove] [data-action=passkey]');
        await page.waitFor('[data-part=prove] .notice.bad');
    });
    await run('the operator takes the rest away, which is mailed; the password sets up anew', async () => {
        assert.match(world.service.run(['person', 'show', bob]), /authenticator app/);
        world.service.run(['person', 'factors', 'remove', bob]);
        assert.doesNotMatch(world.service.run(['person', 'show', bob]), /authenticator app/);
        await who.isMailed(/The operator of|L’exploitant de/);
        await page.goto(link);
        await who.proveByPassword();
        await page.waitFor('[data-part=set-up-factor]');
    });
}

if (!process.env.SEALPOST) {
    console.error('SEALPOST must name the program');
    process.exit(2);
}
const chromium = await steps.launch();
for (const look of steps.makeLooks().filter((one) => /wide-light-en|phone-dark-fr/.test(one.tag))) {
    const scene = await begin(chromium, look);
    const link = await playApp(scene);
    await playPasskey(scene, link);
    await scene.person.close();
    await scene.world.stop();
}
await chromium.close();
if (!process.argv[3]) {
    const firefox = await launchFirefox('.');
    const scene = await begin(firefox, { tag: 'en' });
    await playApp(scene);
    await scene.person.close();
    await scene.world.stop();
    await firefox.close();
}
steps.end();

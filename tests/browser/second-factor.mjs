// An administrator's second factor at a real gateway in Chromium: SEALPOST=PROGRAM node second-factor.mjs [SHOTS_DIR [LOOK]].
// Anna sets an authenticator app up, keeps recovery codes, and signs in with either; Bert takes both away; a node that asks
// for a second factor lets nobody past that page. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { startPerson } from './administrator.mjs';
import { until } from './drivers/page.mjs';
import { Gateway } from './gateway-world.mjs';
import { assertWell, end, launch, makeLooks, step } from './steps.mjs';
import { codeOf, stepOf } from './totp.mjs';

const own_path = '/portal/system/sign-in';
/** What a browser logs about answers that are no success. */
const expected = /status of (401|403)/;

/** The app of one administrator: never gives a code whose step was used. */
class App {
    used = 0;

    async freshCode() {
        const step = Math.max(stepOf(), this.used + 1);
        await until('a code that was not used', async () => step <= stepOf() + 1, 60_000);
        this.used = step;
        return codeOf(this.key, step);
    }

    async setUp(page) {
        await page.click('[data-action=begin-app]');
        this.key = (await page.text('[data-part=app-key]')).trim();
        await page.waitFor('svg.qr');
    }

    async confirm(page) {
        await page.type('#app-code', await this.freshCode());
        await page.click('[data-part=set-up-app] button[type=submit]');
        await page.waitFor('[data-part=app-on]');
    }
}

async function enterCode(page, id, code) {
    await page.type(`#${id}`, code);
    await page.click('[data-part=second-factor] form button[type=submit]');
}

/** An empty recovery code is told to eye and ear. */
async function refuseEmpty(page) {
    await page.click('[data-part=second-factor] form button[type=submit]');
    await page.waitFor('#recovery_code-bad[role=alert]');
    assert.deepEqual(await page.call(() => {
        const field = document.querySelector('#recovery_code');
        return [field.getAttribute('aria-invalid'), field.getAttribute('aria-describedby')];
    }), ['true', 'recovery_code-bad']);
}

async function signOut(page) {
    await page.click('[data-action=sign-out]');
    await page.waitFor('#admin-name');
}

async function play(browser, gateway, look) {
    const { person, who } = await startPerson(browser, gateway, look);
    const { page, tab } = who;
    const run = (sentence, action) => step(`second factor: ${sentence} (${look.tag})`, action, page);
    const well = (where) => assertWell(page, `second-factor-${look.tag}`, where, expected);
    const app = new App();
    let codes = [];
    await run('Anna sets up an app at "My sign-in" and keeps her recovery codes', async () => {
        await who.signIn('anna', own_path);
        await page.waitFor('[data-part=app]');
        await well('1-none');
        await app.setUp(page);
        await well('2-app');
        await app.confirm(page);
        await page.click('[data-action=make-recovery]');
        await page.waitFor('[data-part=recovery-codes]');
        codes = await page.call(() => [...document.querySelectorAll('.codes code')].map((one) => one.textContent));
        assert.equal(codes.length, 10);
        await well('3-recovery-codes');
        await page.click('[data-action=kept]');
        await page.waitForText('[data-part=recovery]', '10');
    });
    await run('the password alone is not enough any more: a code is asked for, a wrong one is refused, a fresh one opens', async () => {
        await signOut(page);
        await who.enter('anna', '/portal');
        await page.waitFor('[data-part=second-factor] #totp');
        assert.equal(await page.has('nav.portal-nav'), false);
        assert.deepEqual(await page.call(() => [document.querySelector('#totp').autocomplete, document.querySelector('#totp').inputMode]), ['one-time-code', 'numeric']);
        await well('4-second-factor');
        await enterCode(page, 'totp', '000000');
        await page.waitFor('[data-part=second-factor] .notice.bad');
        await well('5-wrong-code');
        await enterCode(page, 'totp', await app.freshCode());
        await page.waitFor('nav.portal-nav');
    });
    await run('a recovery code stands in, once', async () => {
        for (const is_first of [true, false]) {
            await signOut(page);
            await who.enter('anna', own_path);
            await page.click('[data-action=use-recovery]');
            if (is_first) await refuseEmpty(page);
            await enterCode(page, 'recovery_code', codes[0].toUpperCase());
            if (is_first) await page.waitForText('[data-part=recovery]', '9');
            else await page.waitFor('[data-part=second-factor] .notice.bad');
            if (!is_first) assert.equal(await page.call(() => document.querySelector('#recovery_code').getAttribute('aria-invalid')), 'true');
        }
        await well('6-used-recovery-code');
        await page.click('[data-action=back]');
        await page.waitFor('#admin-name');
    });
    await run('Bert sees who has one, and takes it away', async () => {
        const { password } = gateway;
        gateway.password = JSON.parse(gateway.sealpost('--format', 'json', 'admin', 'add', 'bert', '--node')).password;
        await who.signIn('bert', '/portal/system/administrators');
        await page.waitFor('[data-administrator=anna] [data-second-factor=true]');
        await page.waitFor('[data-administrator=bert] [data-second-factor=false]');
        await well('7-administrators');
        await tab.locator('[data-administrator=anna] [data-action=factors]').click();
        await tab.locator('[data-administrator=anna] [data-action=factors-sure]').click();
        await page.waitFor('[data-administrator=anna] [data-second-factor=false]');
        await signOut(page);
        gateway.password = password;
        await who.signIn('anna', '/portal');
        assert.match(gateway.sealpost('audit', 'list', '--who', 'bert'), /administrator\.factors_removed/);
    });
    await person.close();
}

async function playRequired(browser, gateway, look) {
    const { person, who } = await startPerson(browser, gateway, look);
    const { page } = who;
    await step(`second factor: where it is required the page that sets it up comes before all others (${look.tag})`, async () => {
        const app = new App();
        await who.enter('anna', '/portal/policies/hat');
        await page.waitFor('[data-part=app]');
        assert.equal(await page.has('nav.portal-nav'), false);
        await assertWell(page, `second-factor-${look.tag}`, '8-required', expected);
        await app.setUp(page);
        await app.confirm(page);
        await page.waitFor('nav.portal-nav');
        await page.waitFor('[data-action=make-recovery]');
    }, page);
    await person.close();
}

const browser = await launch();
for (const look of makeLooks({ width: 1280, height: 900 })) {
    const gateway = await Gateway.start(process.env.SEALPOST);
    await play(browser, gateway, look).finally(() => gateway.stop());
    const strict = await Gateway.start(process.env.SEALPOST, '\n[administrators]\nsecond_factor = "required"\n');
    await playRequired(browser, strict, look).finally(() => strict.stop());
}
await browser.close();
end();

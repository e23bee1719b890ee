// Sessions that end, or begin anew in another tab, while somebody is at work, in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node sessions.mjs [SHOTS_DIR [LOOK]]. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { until } from './drivers/page.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { seal } from './mock/world.mjs';
import * as steps from './steps.mjs';

const { step } = steps;
const bob = 'bob@partner.test';
/** A session that is over is an answer that a browser also logs as an error. */
const assertWell = (page, look, where) => steps.assertWell(page, look, where, /status of 401/);

const valueOf = (page, selector) => page.call((where) => document.querySelector(where).value, selector);
const endSession = (page) => page.page.context().clearCookies();

async function makeEnvelope(world, more = {}) {
    const raw = makeMail({ from: 'Alice <alice@acme.test>', to: bob, subject: 'Contract', text: 'The contract.' });
    return seal(world, { from: 'alice@acme.test', name: 'Alice', organisation: 'Acme', to: bob, subject: 'Contract', raw, ...more });
}

const prove = (page, world) => steps.proveByCode(page, world, bob);

async function playReader(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const asked = [];
    page.page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        void dialog.dismiss();
    });
    const envelope = await makeEnvelope(world);
    await page.page.clock.install();
    await step(name('a reply that took longer than the session is sent after a new proof, with all its text'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await prove(page, world);
        await page.click('[data-action=reply]');
        await page.type('#text', 'An answer that took an hour.');
        await endSession(page);
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=prove]');
        assert.equal(await valueOf(page, '#address'), bob);
        assert.equal(await page.call(() => document.activeElement.tagName), 'H2', 'the heading of the proof has the focus');
        assert.equal(await valueOf(page, '#text'), 'An answer that took an hour.');
        await assertWell(page, look.tag, 'reply-after-the-session');
        const before = world.mailboxes.get('alice@acme.test').length;
        await prove(page, world);
        await page.waitFor('[data-part=sent]');
        assert.equal(world.mailboxes.get('alice@acme.test').length, before + 1);
    }, page);
    await step(name('what was written is neither left nor thrown away unasked'), async () => {
        await page.click('[data-part=sent] button');
        await page.click('[data-action=reply]');
        await page.click('[data-part=compose] .row button.secondary');
        await page.waitFor('[data-part=message]');
        assert.deepEqual(asked, [], 'nothing was written');
        await page.click('[data-action=reply]');
        await page.type('#text', 'Half an answer');
        await page.click('[data-part=compose] .row button.secondary');
        assert.equal(await valueOf(page, '#text'), 'Half an answer');
        await page.page.goto(`${world.service_url}/open`, { timeout: 5000 }).catch(() => {});
        assert.deepEqual(asked, ['confirm', 'beforeunload']);
        assert.equal(await valueOf(page, '#text'), 'Half an answer');
    }, page);
    await step(name('who loses the network while sending is told that it is not known what became of the reply'), async () => {
        const keys = [];
        await page.page.route('**/replies', (route) => {
            keys.push(route.request().headers()['idempotency-key']);
            return keys.length < 3 ? route.abort() : route.continue();
        }, { times: 3 });
        const fail = async () => {
            await page.click('[data-action=send]');
            await page.waitForText('[data-part=compose] .notice.bad', /^fr/.test(await page.attribute('html', 'lang')) ? 'qu’une fois' : 'only once');
        };
        await fail();
        assert.equal(await valueOf(page, '#text'), 'Half an answer');
        await fail();
        await page.type('#text', ' and more');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
        assert.match(keys[0], /^"[0-9a-f-]{36}"$/);
        assert.equal(keys[1], keys[0], 'the same again is known by its key');
        assert.notEqual(keys[2], keys[0], 'another text is another reply');
    }, page);
    await step(name('the message is hidden when the session has ended, and what was typed is there when it goes on'), async () => {
        await page.click('[data-part=sent] button');
        await page.waitFor('[data-part=message]');
        await page.click('[data-action=reply]');
        await page.type('#text', 'Not sent yet');
        await endSession(page);
        await page.page.clock.fastForward(14 * 60_000);
        await page.page.waitForTimeout(300);
        assert.equal(await page.has('[data-part=prove]'), false, 'the session goes on');
        await page.page.clock.fastForward(61_000);
        await page.waitFor('[data-part=prove]');
        assert.equal(await page.page.isVisible('[data-part=compose]'), false, 'neither the message nor what it quotes');
        assert.equal(await page.call(() => document.activeElement.tagName), 'H2', 'the heading of the proof has the focus');
        await steps.assertWell(page, look.tag, 'session-ended', /status of 401|ERR_FAILED/);
        await prove(page, world);
        await until('the reply', () => page.page.isVisible('#text'));
        assert.equal(await valueOf(page, '#text'), 'Not sent yet');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
    }, page);
    await step(name('a password is offered together with the address that it is of'), async () => {
        await page.click('[data-part=sent] button');
        await page.click('details summary');
        await page.waitFor('#new-password');
        assert.equal(await valueOf(page, 'details form [autocomplete=username]'), bob);
        assert.equal(await page.page.isVisible('details form [autocomplete=username]'), false);
        await steps.assertWell(page, look.tag, 'offered-password', /status of 401|ERR_FAILED/);
    }, page);
    await step(name('the message leaves no trace for the next person at the computer'), async () => {
        const next = await person.newPage();
        await next.goto(`${world.service_url}/open/${envelope.id}`);
        await next.click('[data-part=signed-in] button');
        await next.waitForText('h1', 'Contract');
        assert.match(await next.call(() => document.title), /· Acme$/, 'the title tells no subject');
        const comeBack = () => next.call(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
        await comeBack();
        await until('the message to be there again', () => next.call(() => !document.documentElement.hidden));
        await assertWell(next, look.tag, 'message');
        await next.page.route('**/api/v1/session', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()), { times: 1 });
        await next.click('[data-action=sign-out]');
        await next.waitFor('[data-part=own-session] .notice.bad');
        await next.click('[data-action=sign-out]');
        await next.waitFor('#address');
        await prove(next, world);
        await next.waitFor('[data-part=message]');
        await endSession(next);
        await comeBack();
        await next.waitFor('#address');
    }, page);
    await person.close();
}

async function playTabs(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const own = `ida-${look.tag}@partner.test`;
    const envelope = await makeEnvelope(world, { to: own });
    await step(name('who signs out in one tab leaves no message open in the others, and loses nothing that was typed there'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await steps.proveByCode(page, world, own);
        await page.click('[data-action=reply]');
        await page.type('#text', 'Half an answer');
        const other = await person.newPage();
        await other.goto(`${world.service_url}/open/${envelope.id}`);
        await other.click('[data-part=signed-in] [data-action=sign-out]');
        await page.waitFor('[data-part=prove]');
        assert.equal(await page.page.isVisible('[data-part=compose]'), false);
        await steps.proveByCode(page, world, own);
        await until('the reply', () => page.page.isVisible('#text'));
        assert.equal(await valueOf(page, '#text'), 'Half an answer');
    }, page);
    await person.close();
}

async function playAddress(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const [own, other] = ['dave', 'david'].map((local) => `${local}-${look.tag}@partner.test`);
    world.people.set(own, { addresses: [own], password: 'correct horse battery' });
    const envelope = await makeEnvelope(world, { to: other });
    await step(name('who has a password gives it before another address is added'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await steps.proveByCode(page, world, own);
        await page.click('[data-part=not-recipient] button');
        await page.waitFor('#password');
        assert.equal(await valueOf(page, '#address'), own);
        await steps.assertWell(page, look.tag, 'password-before-address', /status of 403/);
        await page.type('#password', 'correct horse battery');
        await page.click('[data-part=prove] button[type=submit]');
        await until('the other address to be asked for', async () => !(await page.has('#password')) && (await valueOf(page, '#address')) === '');
        await steps.proveByCode(page, world, other);
        await page.waitFor('[data-part=message]');
        assert.deepEqual(world.people.get(own).addresses, [own, other]);
    }, page);
    await step(name('an address that is taken off opens nothing more; the focus stays among the addresses, and so does the last one'), async () => {
        const questions = [];
        page.page.on('dialog', (dialog) => {
            questions.push(dialog.message());
            void (questions.length === 1 ? dialog.dismiss() : dialog.accept());
        });
        await page.goto(`${world.service_url}/security`);
        const button = `[data-address="${other}"] [data-action=remove]`;
        await page.waitFor(`[data-address="${own}"] [data-action=remove]`);
        await steps.assertWell(page, look.tag, 'addresses', /status of 403/);
        const press = async () => {
            await page.page.focus(button);
            await page.page.keyboard.press('Enter');
        };
        await press();
        await until('the first question', () => questions.length === 1);
        assert.ok(questions[0].includes(other));
        assert.deepEqual(world.people.get(own).addresses, [own, other], 'nothing goes unless it is confirmed');
        await press();
        await until('the address to be gone', async () => !(await page.has(`[data-address="${other}"]`)));
        assert.deepEqual(world.people.get(own).addresses, [own]);
        await until('the focus at the heading', () => page.call(() => document.activeElement === document.querySelector('[data-part=addresses] h2')));
        assert.equal(await page.has('[data-part=addresses] [data-action=remove]'), false, 'the last one has no button');
        assert.equal((await page.text('[data-part=own-session]')).includes(other), false);
        await steps.assertWell(page, look.tag, 'one-address', /status of 403/);
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await page.click('[data-part=signed-in] button');
        await page.waitFor('[data-part=not-recipient]');
    }, page);
    await person.close();
}

async function playForgotten(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const own = `fay-${look.tag}@partner.test`;
    world.people.set(own, { addresses: [own], password: 'correct horse battery' });
    const envelope = await makeEnvelope(world, { to: own, assurance: 'account' });
    await step(name('who has forgotten a password that is needed is told who can help, and offered no code that helps nothing'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await page.click('[data-part=prove] form .row button.plain');
        await steps.proveByCode(page, world, own);
        await page.waitFor('[data-part=forgotten]');
        assert.equal(await valueOf(page, '#address'), own);
        assert.equal(await page.has('[data-part=prove] form .row button.plain'), false, 'no code is offered');
        await steps.assertWell(page, look.tag, 'forgotten-password', /status of 403/);
        await page.type('#password', 'correct horse battery');
        await page.click('[data-part=prove] button[type=submit]');
        await page.waitFor('[data-part=message]');
    }, page);
    await person.close();
}

async function playKeyboard(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const envelope = await makeEnvelope(world);
    const focused = () => page.call(() => (document.activeElement === document.body ? 'nothing' : document.activeElement.textContent || document.activeElement.id));
    const press = async (selector) => {
        await page.page.focus(selector);
        await page.page.keyboard.press('Enter');
    };
    await step(name('whoever uses the keyboard stays where they are when something is refused'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await page.type('#address', bob);
        await press('[data-part=prove] button[type=submit]');
        await page.type('#code', '00000000');
        await press('[data-part=code] button[type=submit]');
        await page.waitFor('[data-part=code] .notice.bad');
        await until('the button to be at rest', async () => !(await page.has('[data-part=code] button[aria-disabled]')));
        assert.equal(await focused(), await page.text('[data-part=code] button[type=submit]'));
        await page.page.route('**/api/v1/codes', (route) => route.fulfill({ status: 429, json: { type: 'urn:sealpost:problem:too-many-requests' } }), { times: 1 });
        await press('[data-part=code] button.plain');
        await until('the refusal', async () => (await page.text('[data-part=code] .notice.bad')).includes('60'));
        assert.equal(await focused(), await page.text('[data-part=code] button.plain'));
        await press('[data-part=code] button.plain:last-child');
        await page.waitFor('#address');
        assert.equal(await page.call(() => document.activeElement.tagName), 'H2', 'the form that comes back has the focus');
    }, page);
    await person.close();
}

async function playFirstVisit(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const own = `gus-${look.tag}@partner.test`;
    const envelope = await makeEnvelope(world, { to: own, assurance: 'account' });
    await step(name('who has no password yet is told the way, and chooses one behind the code'), async () => {
        let asked = 0;
        page.page.on('request', (request) => (asked += request.method() === 'POST'));
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await page.waitFor('[data-part=first-time]');
        await page.type('#address', own);
        await page.click('[data-part=prove] button[type=submit]');
        await page.waitFor('#password-bad');
        assert.equal(asked, 0, 'an empty password is not tried');
        await page.type('#password', 'of somewhere else');
        await page.click('[data-part=prove] button[type=submit]');
        await page.waitFor('[data-part=prove] .notice.bad');
        await steps.assertWell(page, look.tag, 'first-visit', /status of 403/);
        await page.click('[data-action=other-way]');
        assert.equal(await page.has('[data-part=prove] .notice.bad'), false, 'what the password was not says nothing of the code');
        await steps.proveByCode(page, world, own);
        await page.type('#new-password', 'correct horse battery');
        await page.click('[data-part=choose-password] button[type=submit]');
        await page.waitFor('[data-part=message]');
    }, page);
    await person.close();
}

async function playByLink(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const is_french = look.locale.startsWith('fr');
    await step(name('who answers what its link alone opened is asked to prove an address, and of no session that never was'), async () => {
        const envelope = await makeEnvelope(world, { assurance: 'low' });
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await page.click('[data-part=signed-in] button');
        await page.waitFor('[data-part=message]');
        await page.click('[data-action=reply]');
        await page.type('#text', 'An answer.');
        await page.click('[data-action=send]');
        await page.waitForText('[data-part=prove] .notice.warn', is_french ? 'par son lien seul' : 'by its link alone');
        await prove(page, world);
        await page.waitFor('[data-part=sent]');
        await page.click('[data-part=sent] button');
    }, page);
    await step(name('what is wrong with a forward is said of the address, and a subject is cut where the service would cut it'), async () => {
        await page.click('[data-action=forward]');
        await page.type('#to', 'carol@partner.test, a@b..c, dave');
        await page.type('#subject', '日'.repeat(310));
        assert.equal((await valueOf(page, '#subject')).length, 300);
        await page.waitFor('#subject-full');
        await page.click('[data-action=send]');
        await page.waitForText('#to-bad', 'a@b..c, dave');
        await steps.assertWell(page, look.tag, 'forward-refused', /status of 401/);
        await page.type('#to', 'carol@partner.test');
        await page.type('#text', 'x'.repeat(1024 * 1024 + 1));
        await page.click('[data-action=send]');
        await page.waitFor('#text-bad');
        await page.type('#text', 'Look.');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
    }, page);
    await person.close();
}

async function playWithoutCookies(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const envelope = await makeEnvelope(world);
    world.keeps_no_cookies = true;
    await step(name('whose browser keeps no cookies is told so, and asked for no code after the other'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await prove(page, world);
        await page.waitForText('[data-part=no-cookie]', 'localhost');
        assert.equal(await page.has('[data-part=prove]'), false);
        await assertWell(page, look.tag, 'no-cookies');
    }, page);
    world.keeps_no_cookies = false;
    await step(name('a browser without channels between tabs still opens messages'), async () => {
        await page.page.addInitScript(() => {
            globalThis.BroadcastChannel = class {
                constructor() {
                    throw new DOMException('storage is denied', 'SecurityError');
                }
            };
        });
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await prove(page, world);
        await page.waitFor('[data-part=message]');
    }, page);
    await person.close();
}

async function playLocked(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const lock = async (reason) => Object.assign(await makeEnvelope(world), { state: 'locked', reason });
    const envelope = await lock('Wrong version; a new one follows.');
    await step(name('why a message is locked is told to its recipient, and not before'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await page.waitFor('[data-part=prove]');
        assert.equal(await page.has('[data-part=lock-reason]'), false);
        assert.doesNotMatch(await page.text('body'), /Wrong version/);
        await assertWell(page, look.tag, 'locked');
        await prove(page, world);
        await page.waitForText('[data-part=lock-reason]', 'Wrong version; a new one follows.');
        await steps.assertWell(page, look.tag, 'lock-reason', /status of 403/);
    }, page);
    await step(name('who is signed in asks for the reason, is told that there is none, and reads once the lock is gone'), async () => {
        const other = await lock('');
        await page.goto(`${world.service_url}/open/${other.id}`);
        await page.click('[data-part=signed-in] button');
        await page.waitFor('[data-part=lock-reason]');
        await page.goto(`${world.service_url}/open/${other.id}`);
        await page.waitFor('[data-part=signed-in] button');
        other.state = 'open';
        await page.click('[data-part=signed-in] button');
        await page.waitFor('[data-part=message]');
    }, page);
    await person.close();
}

async function playLanguage(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const own = `lou-${look.tag}@partner.test`;
    const envelope = await makeEnvelope(world, { to: own });
    const [first, other] = look.locale.startsWith('fr') ? ['fr', 'en'] : ['en', 'fr'];
    const isKept = (language) => until(`${language} to be kept`, () => world.people.get(own).language === language);
    await step(name('the mails of somebody new speak what their browser speaks'), async () => {
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await steps.proveByCode(page, world, own);
        await page.waitFor('[data-part=message]');
        assert.equal(world.people.get(own).language, first);
    }, page);
    await step(name('a language that is chosen and taken back is kept each time, on each page'), async () => {
        for (const path of [`/open/${envelope.id}`, '/security']) {
            await page.goto(`${world.service_url}${path}`);
            await page.waitFor('[data-action=sign-out]');
            await page.click(`[data-language=${other}]`);
            await isKept(other);
            await page.click(`[data-language=${first}]`);
            await isKept(first);
        }
    }, page);
    await step(name('who never chose gets what their browser speaks, once'), async () => {
        await page.call(() => localStorage.clear());
        world.people.get(own).language = '';
        await page.goto(`${world.service_url}/security`);
        await isKept(first);
        await assertWell(page, look.tag, 'security');
    }, page);
    await person.close();
}

async function playTicket(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    await step(name('who hands in an attachment finds the message again when its ticket is over, where there is a copy'), async () => {
        const handIn = (envelope, ticket) => world.tickets.set(ticket, { envelope, bytes: envelope.ciphertext });
        const hosted = await makeEnvelope(world);
        handIn(hosted, 'ticket-of-a-hosted-one');
        await page.goto(`${world.service_url}/open/ticket-of-a-hosted-one`);
        await page.waitForUrl(new RegExp(`/open/${hosted.id}$`));
        await prove(page, world);
        await page.waitFor('[data-part=message]');
        world.tickets.clear();
        await page.click('[data-part=own-session] [data-action=sign-out]');
        await page.waitFor('#address');
        handIn(await makeEnvelope(world, { hosted: false }), 'ticket-of-the-only-copy');
        const answered = page.page.waitForResponse(/api\/v1\/open\/(?!ticket)[^/]+$/);
        await page.goto(`${world.service_url}/open/ticket-of-the-only-copy`);
        await answered;
        await page.waitFor('#address');
        assert.match(page.url(), /ticket-of-the-only-copy$/, 'without another copy the ticket is the only way');
    }, page);
    await person.close();
}

async function playPortal(browser, world, look, name) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    await step(name('an edit that meets the end of the session is submitted after the sign-in'), async () => {
        await page.goto(`${world.service_url}/portal/policies/exceptions/new`);
        await page.type('#admin-name', 'admin');
        await page.type('#admin-password', 'demo-password');
        await page.click('[data-part=sign-in] button');
        await page.waitFor('#row-action');
        await page.page.selectOption('#row-action', 'reject');
        await page.type('#row-address', `late-${look.tag}@bad.test`);
        await endSession(page);
        await page.click('[data-part=row-form] [data-action=submit]');
        await page.waitForText('[data-part=sign-in] .notice', look.locale.startsWith('fr') ? 'Votre session est terminée' : 'Your session has ended');
        assert.equal(await valueOf(page, '#admin-name'), 'admin');
        assert.equal(await page.has('[data-action=sign-out]'), false, 'there is no session to sign out of');
        assert.equal(await page.page.isVisible('[data-part=row-form]'), false, 'the page is hidden meanwhile');
        await assertWell(page, look.tag, 'sign-in-again');
        await page.type('#admin-password', 'demo-password');
        await page.click('[data-part=sign-in] button');
        await page.waitFor('[data-part=table-exception]');
        await until('the row to be staged', () => (world.policy.staged ?? world.policy.live).exception.some((row) => row.values.address.includes(`late-${look.tag}@bad.test`)));
        assert.equal(await page.has('[data-part=sign-in]'), false);
    }, page);
    await step(name('a link leaves no form with something typed in it unasked'), async () => {
        const answers = [false, true];
        page.page.on('dialog', (dialog) => void (answers.shift() ? dialog.accept() : dialog.dismiss()));
        await page.click('[data-action=add-exception]');
        await page.type('#row-address', 'half@bad.test');
        const back = '.portal-page a[href="/portal/policies/exceptions"]';
        await page.click(back);
        assert.equal(await valueOf(page, '#row-address'), 'half@bad.test');
        await page.click(back);
        await page.waitFor('[data-part=table-exception]');
        await page.click('[data-action=add-exception]');
        await page.waitFor('[data-part=row-form]');
        await page.click(back);
        await page.waitFor('[data-part=table-exception]');
        assert.deepEqual(answers, [], 'an empty form is left unasked');
    }, page);
    await step(name('neither does the browser’s back, which stays where it is when one stays'), async () => {
        const answers = [false, false, true];
        page.page.removeAllListeners('dialog');
        page.page.on('dialog', (dialog) => void (answers.shift() ? dialog.accept() : dialog.dismiss()));
        const back = () => page.call(() => history.back());
        const visit = (path) => page.call((to) => document.querySelector(`.portal-nav a[href="${to}"]`).click(), path);
        await visit('/portal/network/certificates');
        await page.click('[data-certificate] a');
        await page.click('[data-action=install]');
        await page.type('#install-certificate', '-----BEGIN CERTIFICATE-----');
        for (const left of [2, 1]) {
            await back();
            await until('the question', () => answers.length === left);
            await page.waitForUrl(/install$/);
            assert.equal(await valueOf(page, '#install-certificate'), '-----BEGIN CERTIFICATE-----');
        }
        await steps.assertWell(page, look.tag, 'certificate-typed', /status of 401|ERR_FAILED/);
        await back();
        await page.waitFor('[data-part=entry]');
        await page.call(() => history.forward());
        await page.waitFor('[data-part=install-form]');
        await back();
        await page.waitFor('[data-part=entry]');
        assert.deepEqual(answers, [], 'an empty form is left unasked');
        await visit('/portal/domains');
        answers.push(false);
        await page.type('#new-domain', 'half.test');
        await back();
        await until('the question', () => answers.length === 0);
        assert.equal(await valueOf(page, '#new-domain'), 'half.test');
        await page.type('#new-domain', '');
    }, page);
    await step(name('who could not be signed out is told so'), async () => {
        await page.page.route('**/api/v1/admin/session', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()));
        await page.click('[data-action=sign-out]');
        await page.waitFor('.notice.bad');
        assert.equal(await page.has('#admin-name'), false, 'nothing pretends that the session is over');
    }, page);
    await person.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
for (const look of steps.makeLooks()) {
    const name = (sentence) => `${sentence} (${look.tag})`;
    await playReader(browser, world, look, name);
    await playTabs(browser, world, look, name);
    await playAddress(browser, world, look, name);
    await playForgotten(browser, world, look, name);
    await playKeyboard(browser, world, look, name);
    await playFirstVisit(browser, world, look, name);
    await playByLink(browser, world, look, name);
    await playLocked(browser, world, look, name);
    await playTicket(browser, world, look, name);
    await playLanguage(browser, world, look, name);
    await playWithoutCookies(browser, world, look, name);
    await playPortal(browser, world, look, name);
}
await browser.close();
close();
steps.end();

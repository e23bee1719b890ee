// Messages that somebody begins at /compose, and the administrator's choice of who may, in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node compose.mjs [SHOTS_DIR [LOOK]]. In both languages and colour schemes, wide and 360 px; once by the
// keyboard alone. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPerson } from './administrator.mjs';
import { until } from './drivers/page.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { seal } from './mock/world.mjs';
import * as steps from './steps.mjs';

const { step } = steps;
const alice = 'alice@acme.test';
/** What a browser logs about a session that is over, and about what is out of reach. */
const assertWell = (page, look, where) => steps.assertWell(page, look, where, /status of (401|403)|ERR_FAILED/);

const labels = {
    en: { title: 'Write a secure message', reach: 'Whom you can reach here', out_of_reach: 'You cannot write from here to', nobody: 'There is nobody to suggest yet', ended: 'Your session has ended', sent: 'Your message is on its way', who: 'Who may begin a message', known: 'People you have written to' },
    fr: { title: 'Écrire un message sécurisé', reach: 'Qui vous pouvez joindre ici', out_of_reach: 'Vous ne pouvez pas écrire d’ici à', nobody: 'Il n’y a encore personne à proposer', ended: 'Votre session est terminée', sent: 'Votre message est en route', who: 'Qui peut commencer un message', known: 'Les personnes à qui vous avez écrit' },
};
const wordsOf = (look) => labels[look.locale.slice(0, 2)];

const valueOf = (page, selector) => page.call((where) => document.querySelector(where).value, selector);
const focusedTag = (page) => page.call(() => document.activeElement.tagName);
const endSession = (page) => page.page.context().clearCookies();

/** Acme has written to them, so that they may write to Acme. */
function writeTo(world, to, more = {}) {
    const raw = makeMail({ from: `Alice <${alice}>`, to, subject: 'Contract', text: 'The contract.' });
    return seal(world, { from: alice, name: 'Alice', organisation: 'Acme', to, subject: 'Contract', raw, ...more });
}

async function start(browser, world, look, local) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    const own = `${local}-${look.tag}@partner.test`;
    return { person, page, own, visit: (query = '') => page.goto(`${world.service_url}/compose${query}`), prove: () => steps.proveByCode(page, world, own) };
}

async function playNew(browser, world, look, name, folder) {
    const { person, page, own, visit, prove } = await start(browser, world, look, 'bob');
    const words = wordsOf(look);
    const file = join(folder, 'plans.txt');
    writeFileSync(file, 'The plans.');
    await writeTo(world, own);
    await step(name('who comes without a session proves an address by a code, and is told whom they reach'), async () => {
        await visit(`?to=${alice}&subject=taken`);
        await page.waitForText('h1', words.title);
        assert.equal(await page.call(() => document.title), words.title);
        await page.waitFor('#address');
        await assertWell(page, look.tag, '01-prove');
        await prove();
        assert.equal([...world.challenges.values()].at(-1).compose, true, 'the code is asked for to begin a message');
        await page.waitForText('[data-part=reach]', words.reach);
        await page.waitForText('[data-part=reach]', 'acme.test');
        assert.equal(await focusedTag(page), 'H1', 'the heading of what has come has the focus');
        assert.equal(await valueOf(page, '#to'), alice, 'the link has filled in to whom');
        assert.equal(await valueOf(page, '#subject'), '', 'and nothing else');
        assert.equal(await page.has('#from'), false, 'with one address there is nothing to choose');
        await assertWell(page, look.tag, '02-form');
    }, page);
    await step(name('what is missing is told at its field, and nothing is sent'), async () => {
        await page.type('#to', 'alice, @acme.test');
        await page.click('[data-action=send]');
        await page.waitForText('#to-bad', 'alice, @acme.test');
        await page.waitFor('#text-bad');
        assert.equal(world.begun.length, 0);
        await assertWell(page, look.tag, '03-missing');
    }, page);
    await step(name('addresses out of reach are named beside the field, with the reason'), async () => {
        await page.type('#to', `dave@elsewhere.test, ${alice}`);
        await page.type('#text', 'Here are the plans.');
        await page.click('[data-action=send]');
        await page.waitForText('#to-bad', words.out_of_reach);
        const said = await page.text('#to-bad');
        assert.ok(said.includes('dave@elsewhere.test') && !said.includes(alice), said);
        assert.equal(await page.attribute('#to', 'aria-invalid'), 'true');
        assert.equal(await valueOf(page, '#text'), 'Here are the plans.');
        assert.equal(world.begun.length, 0);
        await assertWell(page, look.tag, '04-out-of-reach');
    }, page);
    await step(name('a correspondent is added at the press of a button, and gets the message with its attachment'), async () => {
        await page.type('#to', 'ali');
        await page.click(`[data-part=suggestions] [data-address="${alice}"]`);
        await until('the address', async () => (await valueOf(page, '#to')) === `${alice}, `);
        assert.equal(await page.call(() => document.activeElement.id), 'to');
        assert.equal(await page.has('[data-part=suggestions]'), false, 'nobody else has written');
        await page.type('#subject', 'Plans');
        await page.chooseFiles('#files', [file]);
        await page.waitFor('.files button');
        await page.click('[data-action=send]');
        await page.waitForText('[data-part=sent] h1', words.sent);
        const [message] = world.begun.splice(0);
        assert.deepEqual([message.from, message.to, message.subject, message.text], [own, [alice], 'Plans', 'Here are the plans.']);
        assert.deepEqual(message.files.map(({ name: called, bytes }) => [called, String(bytes)]), [['plans.txt', 'The plans.']]);
        await assertWell(page, look.tag, '05-sent');
    }, page);
    await step(name('another message begins empty, and is not thrown away unasked'), async () => {
        const answers = [false, true];
        page.page.on('dialog', (dialog) => void (answers.shift() ? dialog.accept() : dialog.dismiss()));
        await page.click('[data-part=sent] button');
        await page.waitFor('#to');
        assert.deepEqual([await valueOf(page, '#to'), await valueOf(page, '#text')], ['', '']);
        await page.type('#text', 'Half a text');
        await page.click('[data-part=compose] .row button.secondary');
        assert.equal(await valueOf(page, '#text'), 'Half a text');
        await page.click('[data-part=compose] .row button.secondary');
        await page.waitFor('[data-part=left]');
        assert.deepEqual(answers, []);
        await assertWell(page, look.tag, '06-left');
        await page.click('[data-part=left] button');
        await page.waitFor('#to');
    }, page);
    await person.close();
}

async function playNobody(browser, world, look, name) {
    const { person, page, own, visit, prove } = await start(browser, world, look, 'nora');
    const words = wordsOf(look);
    const other = `eleanor-${look.tag}@partner.test`;
    await step(name('whom nobody has written to is told so kindly, and can write to who lets everybody'), async () => {
        await visit();
        await prove();
        await page.waitForText('.notice.info', words.nobody);
        assert.equal(await page.has('[data-part=suggestions]'), false);
        await assertWell(page, look.tag, '07-nobody');
        await page.type('#to', 'desk@clinic.test');
        await page.type('#text', 'May I come on Monday?');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
        assert.deepEqual(world.begun.splice(0).map(({ to }) => to), [['desk@clinic.test']]);
        await page.click('[data-part=sent] button');
    }, page);
    await step(name('another address of theirs, once proven, brings who has written to it, and can be written from'), async () => {
        await writeTo(world, other);
        await page.type('#text', 'About the contract.');
        await page.click('[data-action=add-address]');
        await steps.proveByCode(page, world, other);
        await page.waitForText('[data-part=reach]', 'acme.test');
        await page.waitFor('[data-part=reach] h2:focus');
        assert.equal(await valueOf(page, '#text'), 'About the contract.', 'what was typed is still there');
        assert.equal(await page.call(() => document.querySelectorAll('#from option').length), 2);
        await page.page.selectOption('#from', other);
        await page.click(`[data-address="${alice}"]`);
        await assertWell(page, look.tag, '08-from');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
        assert.deepEqual(world.begun.splice(0).map(({ from }) => from), [other]);
        assert.deepEqual(world.people.get(own).addresses, [own, other]);
    }, page);
    await person.close();
}

async function playSessionEnd(browser, world, look, name) {
    const { person, page, own, visit, prove } = await start(browser, world, look, 'sam');
    const words = wordsOf(look);
    await writeTo(world, own);
    await page.page.clock.install();
    await step(name('what is written is hidden when the session has ended, and comes back after a new proof'), async () => {
        await visit();
        await prove();
        await page.type('#to', alice);
        await page.type('#text', 'Not sent yet');
        await endSession(page);
        await page.page.clock.fastForward(15 * 60_000 + 1000);
        await page.waitForText('[data-part=prove] .notice.warn', words.ended);
        assert.equal(await page.page.isVisible('[data-part=compose]'), false);
        assert.equal(await page.page.isVisible('[data-part=reach]'), false);
        assert.equal(await valueOf(page, '#address'), own);
        await assertWell(page, look.tag, '09-session-ended');
        await prove();
        await until('the form', () => page.page.isVisible('#text'));
        assert.equal(await valueOf(page, '#text'), 'Not sent yet');
    }, page);
    await step(name('a message that took longer than the session is sent after a new proof, once'), async () => {
        const keys = [];
        await page.page.route('**/api/v1/messages', (route) => {
            keys.push(route.request().headers()['idempotency-key']);
            return keys.length < 2 ? route.abort() : route.continue();
        });
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=compose] .notice.bad');
        await endSession(page);
        await page.click('[data-action=send]');
        await page.waitForText('[data-part=prove] .notice.warn', words.ended);
        await prove();
        await page.waitFor('[data-part=sent]');
        assert.equal(world.begun.splice(0).length, 1);
        assert.match(keys[0], /^"[0-9a-f-]{36}"$/);
        assert.equal(keys[1], keys[0], 'the same again is known by its key');
    }, page);
    await person.close();
}

async function playLinks(browser, world, look, name) {
    const { person, page, own, prove } = await start(browser, world, look, 'lou');
    const envelope = await writeTo(world, own);
    const link = async (where) => [await page.attribute(`${where} [data-part=compose-link]`, 'href'), await page.attribute(`${where} [data-part=compose-link]`, 'target')];
    await step(name('the opened message, the page of one’s sign-in and the drop door lead there'), async () => {
        await page.goto(`${world.service_url}/open`);
        assert.deepEqual(await link('[data-part=drop]'), ['/compose', null]);
        await assertWell(page, look.tag, '10-drop-door');
        await page.goto(`${world.service_url}/open/${envelope.id}`);
        await prove();
        await page.waitFor('[data-part=message]');
        assert.deepEqual(await link('[data-part=own-session]'), ['/compose', '_blank'], 'the message stays open');
        await assertWell(page, look.tag, '11-message');
        await page.goto(`${world.service_url}/security`);
        assert.deepEqual(await link('[data-part=own-session]'), ['/compose', null]);
        await assertWell(page, look.tag, '12-security');
    }, page);
    await step(name('a link fills in nothing but one address; whoever signs out there leaves nothing'), async () => {
        await page.goto(`${world.service_url}/compose?to=${encodeURIComponent(`${alice}, mallory@evil.test`)}`);
        await page.waitFor('#to');
        assert.equal(await valueOf(page, '#to'), '');
        page.page.on('dialog', (dialog) => void dialog.accept());
        await page.type('#text', 'Half a text');
        await page.click('[data-part=own-session] [data-action=sign-out]');
        await page.waitFor('#address');
        assert.equal(await page.has('[data-part=compose]'), false);
    }, page);
    await person.close();
}

/** From the proof to the result without a mouse. */
async function playKeyboard(browser, world, look, name) {
    const { person, page, own, visit } = await start(browser, world, look, 'kim');
    const { keyboard } = page.page;
    await writeTo(world, own);
    const tabTo = (selector, key = 'Tab') => until(`the focus on ${selector}`, async () => {
        if (await page.call((where) => document.activeElement?.matches(where) ?? false, selector)) return true;
        await keyboard.press(key);
        return false;
    });
    const enter = async (selector, text) => {
        await tabTo(selector);
        await keyboard.type(text);
    };
    await step(name('the keyboard alone leads from the proof to the result'), async () => {
        await visit();
        await page.waitFor('#address');
        await enter('#address', own);
        await keyboard.press('Enter');
        await page.waitFor('#code');
        await enter('#code', [...world.challenges.values()].at(-1).code);
        await keyboard.press('Enter');
        await page.waitFor('h1:focus');
        await enter('#to', 'ali');
        await tabTo('[data-part=suggestions] button');
        await keyboard.press('Enter');
        await page.waitFor('#to:focus');
        assert.equal(await valueOf(page, '#to'), `${alice}, `);
        await enter('#to', 'dave@elsewhere.test');
        await enter('#subject', 'Hello');
        await enter('#text', 'By the keyboard.');
        await tabTo('[data-action=send]');
        await keyboard.press('Enter');
        await page.waitForText('#to-bad', 'dave@elsewhere.test');
        await page.waitFor('[data-action=send]:focus');
        await tabTo('#to', 'Shift+Tab');
        await keyboard.press('Control+A');
        await keyboard.type(alice);
        await tabTo('[data-action=send]');
        await keyboard.press('Enter');
        await page.waitFor('[data-part=sent] h1:focus');
        assert.deepEqual(world.begun.splice(0).map(({ to, subject, text }) => [to, subject, text]), [[[alice], 'Hello', 'By the keyboard.']]);
    }, page);
    await person.close();
}

async function playPortal(browser, world, look, name) {
    const words = wordsOf(look);
    const { person: administrator, who } = await startPerson(browser, world, look);
    const { person, page, own, visit, prove } = await start(browser, world, look, 'pat');
    const part = '[data-part=compose-setting]';
    await writeTo(world, own);
    await step(name('the administrator sees who may begin a message to which domains, and chooses nobody'), async () => {
        await who.signIn('admin', '/portal/domains');
        await who.page.waitForText(`${part} h2`, words.who);
        await who.page.waitForText(`${part} [data-part=compose-domains]`, 'acme.test');
        await who.page.waitForText(`${part} label.chosen`, words.known);
        await assertWell(who.page, look.tag, '13-portal');
        await who.page.click(`${part} input[value=nobody]`);
        await until('the choice', () => world.compose_from === 'nobody');
        await assertWell(who.page, look.tag, '14-portal-nobody');
    }, who.page);
    await step(name('then nobody can, not even who was written to'), async () => {
        await visit();
        await prove();
        await page.waitForText('.notice.info', words.nobody);
        await page.type('#to', alice);
        await page.type('#text', 'Hello?');
        await page.click('[data-action=send]');
        await page.waitForText('#to-bad', alice);
        assert.equal(world.begun.length, 0);
    }, page);
    await step(name('by the arrow keys everybody may; what was refused is sent as it is'), async () => {
        await who.page.page.focus(`${part} input[value=nobody]`);
        await who.page.page.keyboard.press('ArrowDown');
        await who.page.page.keyboard.press('ArrowDown');
        await until('the choice', () => world.compose_from === 'anyone');
        assert.equal(await who.page.call(() => document.activeElement.value), 'anyone', 'the focus stays with the choice');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
        assert.equal(world.begun.splice(0).length, 1);
    }, page);
    world.compose_from = 'known';
    await person.close();
    await administrator.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
const folder = mkdtempSync(join(tmpdir(), 'compose-'));
const looks = steps.makeLooks();
for (const look of looks) {
    const name = (sentence) => `${sentence} (${look.tag})`;
    await playNew(browser, world, look, name, folder);
    await playNobody(browser, world, look, name);
    await playSessionEnd(browser, world, look, name);
    await playLinks(browser, world, look, name);
    await playPortal(browser, world, look, name);
}
if (looks[0]) await playKeyboard(browser, world, looks[0], (sentence) => `${sentence} (${looks[0].tag})`);
await browser.close();
rmSync(folder, { recursive: true });
close();
steps.end();

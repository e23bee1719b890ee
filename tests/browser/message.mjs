// How the reader shows messages that were not written by friends, in Chromium, against the mock:
// SEALPOST_WEB_OUT=DIST node message.mjs [SHOTS_DIR [LOOK]]. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { until } from './drivers/page.mjs';
import { findFaults, makeHostileHtml } from './hostile-html.mjs';
import { makeMail } from './mock/mail.mjs';
import { startMock } from './mock/server.mjs';
import { seal } from './mock/world.mjs';
import * as steps from './steps.mjs';

const { step } = steps;
/** What would act is blocked in the sanitiser's own document, too, and pictures of strangers in the frame; a browser says so. */
const assertWell = (page, look, where) => steps.assertWell(page, look, where, /inline event handler|inline style|tracker\.test/);
const bob = 'bob@partner.test';
const long = 'Donaudampfschifffahrtsgesellschaft'.repeat(8);

/** `raw`: a message that nobody would write, octet for octet. */
async function sealMessage(world, { facts, raw: given, ...mail }) {
    const raw = given ? Buffer.from(given) : makeMail({ from: 'Alice <alice@acme.test>', to: bob, subject: 'Report', text: 'The report.', ...mail });
    return seal(world, { from: 'alice@acme.test', name: 'Alice', organisation: 'Acme', to: bob, subject: 'Report', raw, ...facts });
}

async function signIn(page, world, envelope) {
    await page.goto(`${world.service_url}/open/${envelope.id}`);
    await steps.proveByCode(page, world, bob);
    await page.waitFor('[data-part=message]');
}

async function open(page, world, envelope) {
    await page.goto(`${world.service_url}/open/${envelope.id}`);
    await page.click('[data-part=signed-in] button');
    await page.waitFor('[data-part=message]');
}

/** What the frame was given: nobody can look into it. */
const framed = (page) => page.call(() => document.querySelector('[data-part=html]').srcdoc);

async function play(browser, world, look) {
    const name = (sentence) => `${sentence} (${look.tag})`;
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    await step(name('of many recipients the first few stand above the text'), async () => {
        const to = Array.from({ length: 32 }, (_, at) => `colleague-${at}@acme.test`).join(', ');
        const envelope = await sealMessage(world, { to: `${bob}, ${to}`, facts: { to: bob } });
        await signIn(page, world, envelope);
        assert.equal(await page.page.isVisible('[data-part=others] span'), false);
        await page.click('[data-part=others] summary');
        await until('the others', () => page.page.isVisible('[data-part=others] span'));
        await assertWell(page, look.tag, 'many-recipients');
        await page.click('[data-part=own-session] [data-action=sign-out]');
        await page.waitFor('#address');
    }, page);
    await step(name('names without end widen no page'), async () => {
        const files = [{ name: `${long}.pdf`, bytes: Buffer.alloc(10) }];
        const envelope = await sealMessage(world, { subject: long, files, facts: { subject: long, organisation: long, name: long, from: `${'a'.repeat(60)}@${'very-long-name.'.repeat(8)}test` } });
        await signIn(page, world, envelope);
        await assertWell(page, look.tag, 'long-names');
    }, page);
    await step(name('a formatted message keeps its tables and its direction, and loses what acts'), async () => {
        const html = '<table width="600" bgcolor="#eeeeee" border="1" cellpadding="4"><tr><td colspan="2" align="center" valign="top">Total</td></tr></table>'
            + '<p dir="rtl" lang="he">שלום</p><ol start="3"><li>third</li></ol><font color="red" face="serif" size="4">red</font>'
            + '<a href="javascript:alert(1)">a</a><a href="/portal">b</a><a href="ftp://files.test/">c</a><a href="https://acme.test/">d</a><img src="/ingest" height="40">'
            + '<form action="https://evil.test/"><input name="password"></form><div onclick="alert(1)">e</div>';
        await open(page, world, await sealMessage(world, { html }));
        const shown = await framed(page);
        for (const kept of ['width="600"', 'bgcolor="#eeeeee"', 'border="1"', 'cellpadding="4"', 'colspan="2"', 'align="center"', 'valign="top"', 'dir="rtl"', 'lang="he"', 'start="3"', 'color="red"', 'face="serif"', 'size="4"', 'height="40"', 'href="https://acme.test/"']) {
            assert.ok(shown.includes(kept), `${kept} is kept`);
        }
        for (const lost of ['javascript:', '/portal', 'ftp:', '/ingest', '<form', '<input', 'onclick', 'evil.test']) assert.ok(!shown.includes(lost), `${lost} is lost`);
        await assertWell(page, look.tag, 'formatted');
    }, page);
    await step(name('of formatted texts of every shape nothing is kept that acts'), async () => {
        for (let seed = 1; seed <= 5; seed += 1) {
            await open(page, world, await sealMessage(world, { raw: `Content-Type: text/html; charset=utf-8\r\n\r\n${makeHostileHtml(seed)}` }));
            const shown = await framed(page);
            assert.ok(shown.includes(`<p>seed ${seed}</p>`), 'the beginning is kept');
            assert.deepEqual(findFaults(shown), [], `seed ${seed}`);
        }
        await assertWell(page, look.tag, 'hostile');
    }, page);
    await step(name('ground, direction and language of the whole message are kept, those of the page are not said to be its'), async () => {
        await open(page, world, await sealMessage(world, { subject: 'שלום', text: 'שלום', facts: { subject: 'שלום', name: 'דנה' }, html: '<html dir="rtl" lang="he"><body bgcolor="#111111" text="#eeeeee" onload="alert(1)"><p>שלום</p></body></html>' }));
        assert.match(await framed(page), /^<!doctype html><html lang="he" dir="rtl" style="color-scheme:dark">.*<body style="[^"]*background:#111111;color:#eeeeee[^"]*"><p>שלום<\/p>/s);
        assert.match(await page.text('.message-head dd'), /^\u2068דנה\u2069 <alice@acme.test>$/);
        await assertWell(page, look.tag, 'right-to-left');
        await page.click('.message-head ~ section button.plain');
        await page.waitFor('[data-part=text]');
        assert.equal(await page.call(() => getComputedStyle(document.querySelector('[data-part=text]')).direction), 'rtl');
        assert.equal(await page.call(() => getComputedStyle(document.querySelector('h1')).direction), 'rtl');
        await open(page, world, await sealMessage(world, { html: '<p>Hallo</p>' }));
        assert.match(await framed(page), /^<!doctype html><html><head>/);
    }, page);
    await step(name('a text in a form of another program is not said to be missing'), async () => {
        await open(page, world, await sealMessage(world, { raw: 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Disposition: attachment\r\n\r\nx' }));
        await page.waitFor('[data-part=unread]');
        await page.waitFor('[data-file="smime.p7m"]');
        await assertWell(page, look.tag, 'unread');
    }, page);
    await step(name('elements that stand in each other without end are shown as text'), async () => {
        await open(page, world, await sealMessage(world, { html: `${'<div>'.repeat(200_000)}the &amp; <b>end` }));
        assert.match(await framed(page), /the &amp;amp; +end<\/body>/);
    }, page);
    await step(name('a message that the page cannot show is not reported as displayed, another one is'), async () => {
        let deep = 'text';
        for (let level = 60; level > 0; level -= 1) deep = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${deep}\r\n--b${level}--`;
        const unreadable = await sealMessage(world, { raw: deep });
        const readable = await sealMessage(world, {});
        await open(page, world, unreadable);
        await page.waitFor('.notice.warn');
        await assertWell(page, look.tag, 'unreadable');
        await open(page, world, readable);
        await until('the report', () => readable.displayed);
        assert.equal(unreadable.displayed, undefined);
    }, page);
    await step(name('a message that is formatted only can be read, quoted and printed as text, whole'), async () => {
        const html = `<style>p{color:red}</style><h2>Invoice</h2><table><tr><td><p>Paper</p></td><td><p>12.00&nbsp;€</p></td></tr></table>${'<p>One more line.</p>'.repeat(200)}<img src="https://tracker.test/x.png"><p>The end.</p>`;
        await open(page, world, await sealMessage(world, { raw: `Content-Type: text/html; charset=utf-8\r\n\r\n${html}` }));
        await page.waitFor('[data-part=html]');
        const pages = String(await page.page.pdf({ format: 'A4' })).match(/\/Type \/Page\b/g).length;
        assert.ok(pages > 3, `${pages} pages are printed`);
        assert.match(await page.text('[data-part=printed] .message-text'), /^Invoice\n\nPaper\t12\.00\u00a0€\n\nOne more line\.\n\n[^]*The end\.$/);
        await page.page.emulateMedia({ media: 'print' });
        assert.deepEqual(await page.call(() => ['[data-part=html]', '[data-part=printed]', '.top', '[data-action=reply]'].map((one) => document.querySelector(one).checkVisibility())), [false, true, false, false]);
        await page.page.emulateMedia({ media: null });
        await page.click('.message-head ~ section button.plain');
        await page.waitForText('[data-part=text]', 'The end.');
        await assertWell(page, look.tag, 'formatted-as-text');
        await page.click('[data-action=reply]');
        await page.waitFor('#text');
        assert.match(await page.call(() => document.querySelector('#text').value), /> Paper\t12\.00\u00a0€\n[^]*> The end\.\n$/);
    }, page);
    await step(name('a message without a subject shows that, and is answered without the words for it'), async () => {
        await open(page, world, await sealMessage(world, { subject: '', facts: { subject: '' } }));
        assert.match(await page.text('h1'), /^\((no subject|sans objet)\)$/);
        await page.click('[data-action=reply]');
        await page.waitFor('#subject');
        assert.equal(await page.call(() => document.querySelector('#subject').value), 'Re:');
    }, page);
    await step(name('a forward goes to addresses as they are pasted, and says when there are too many'), async () => {
        await open(page, world, await sealMessage(world, {}));
        await page.click('[data-action=forward]');
        await page.type('#to', Array.from({ length: 51 }, (_, index) => `p${index}@else.test`).join(', '));
        await page.click('[data-action=send]');
        await page.waitForText('#to-bad', '50');
        await assertWell(page, look.tag, 'too-many-addresses');
        await page.type('#to', '"Smith, Bob" <bob@else.test>; Carol <carol@else.test>');
        await page.click('[data-action=send]');
        await page.waitFor('[data-part=sent]');
        assert.deepEqual(await page.call(() => [...document.querySelectorAll('[data-part=sent] li strong')].map((one) => one.textContent.replace(/\s?:$/, ''))), ['bob@else.test', 'carol@else.test']);
    }, page);
    await step(name('a text of many megabytes is quoted in part'), async () => {
        await open(page, world, await sealMessage(world, { text: 'A line of the log.\n'.repeat(200_000) }));
        await page.click('[data-action=reply]');
        await page.waitFor('#text');
        const quoted = await page.call(() => document.querySelector('#text').value);
        assert.ok(quoted.length < 150_000, `${quoted.length} characters`);
        assert.match(quoted, /> A line of the log\.\n>\n> \[…\]\n$/);
    }, page);
    await person.close();
}

const browser = await steps.launch();
const { world, close } = await startMock();
for (const look of steps.makeLooks()) await play(browser, world, look);
await browser.close();
close();
steps.end();

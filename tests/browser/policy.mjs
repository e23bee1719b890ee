// The mail policies' pages in Chromium, against the mock: SEALPOST_WEB_OUT=DIST node policy.mjs [SHOTS_DIR [LOOK]].
// An administrator's path by the words on the page, in both languages, both colour schemes, wide and 360 px; two
// administrators at once; 100,000 senders. Ends with "N passed, M failed".
import assert from 'node:assert/strict';
import { changeAsSecond, pasted, startPerson } from './administrator.mjs';
import { until } from './drivers/page.mjs';
import { sortGroups } from './mock/policy-document.mjs';
import { startMock } from './mock/server.mjs';
import * as steps from './steps.mjs';

// A step goes on where the one before it ended: behind one that failed there is nothing to be learnt.
let is_broken = false;

async function step(sentence, run, page) {
    if (!is_broken) is_broken = !(await steps.step(sentence, run, page));
}

/** Refusals that a step provokes are answers, not faults of the page. */
const assertWell = (page, look, where) => steps.assertWell(page, look.tag, where, /status of (409|422)/);

async function play(browser, look) {
    is_broken = false;
    const { world, close } = await startMock();
    const { person, who } = await startPerson(browser, world, look);
    const { page, tab, words } = who;
    const name = (sentence) => `${sentence} (${look.tag})`;
    const run = (sentence, action) => step(name(sentence), action, page);

    await run('the pages stand in the groups that administrators know, and nothing is pending', async () => {
        await who.signIn('admin', '/portal/policies/hat');
        await page.waitFor('[data-row="public/ALLOWED_LIST"]');
        await page.waitForText('[data-part=pending]', words.none);
        assert.equal(await page.call(() => document.querySelectorAll('nav.menu .menu-groups > div').length) >= 3, true, 'account, mail policies and network');
        await assertWell(page, look, '01-hat');
    });
    await run('Add Policy: a name, TLS Required, everything else at its default', async () => {
        await who.visit(words.flow);
        await assertWell(page, look, '02-flow');
        await who.link(words.add_policy).click();
        await who.field(words.name).fill('TLS_REQUIRED');
        await who.field('TLS').selectOption({ label: words.required });
        await assertWell(page, look, '03-add-policy');
        await who.button(words.submit).click();
        await page.waitFor('[data-row=TLS_REQUIRED] [data-state=added]');
        await page.waitForText('[data-row=TLS_REQUIRED]', words.required);
        await who.waitForBar(1);
        assert.deepEqual(world.policy.staged.mail_flow_policy.at(-1).values, { name: 'TLS_REQUIRED', tls: 'required' }, 'nothing but these two is written');
    });
    await run('Add Sender Group at order 1 with that policy, then Submit and Add Senders', async () => {
        await who.visit(words.hat);
        await who.link(words.add_group).click();
        await who.field(words.name).fill('CRES');
        await who.field(words.order).fill('1');
        await who.field(words.comment).fill('Envelope service');
        const offered = await who.field(words.policy).locator('option').allTextContents();
        assert.equal(offered[0], words.no_policy);
        await who.field(words.policy).selectOption('TLS_REQUIRED');
        await assertWell(page, look, '04-add-group');
        await who.button(words.and_add).click();
        await page.waitForUrl(/\/hat\/public\/groups\/CRES\?add$/);
        await page.waitFor('#senders:focus');
    });
    await run('the four lines are taken with their annotations, a verdict for each before they are submitted', async () => {
        await who.field(words.senders).fill(pasted);
        await page.waitForText('[data-part=verdict-counts]', words.to_add);
        assert.deepEqual(await page.call(() => [...document.querySelectorAll('[data-result=ok]')].map((row) => [...row.cells].slice(1, 3).map((cell) => cell.textContent))), [
            ['.res.cisco.com', ''], ['.cres.iphmx.com', ''], ['208.90.57.0/26', 'current range'], ['204.15.81.0/26', 'old range'],
        ]);
        assert.equal(world.policy.staged.sender_group[0].senders.length, 0, 'the check stages nothing');
        assert.equal(await page.call(() => document.querySelectorAll('[data-action=add-both]').length), 2, 'both suffixes lack their bare name');
        await assertWell(page, look, '05-verdicts');
        await tab.locator('[data-action=submit-senders]').click();
        await page.waitFor('[data-sender="204.15.81.0/26"]');
        await assertWell(page, look, '06-group');
    });
    await run('a bare domain brings the offer of both forms; what is refused says why, and stages nothing', async () => {
        await who.field(words.senders).fill('partner.test\n192.0.2.300\nmx.partner.test\nmx.partner.test');
        await page.waitFor('[data-result=refused]');
        await page.waitFor('[data-result=duplicate]');
        await tab.locator('[data-line="1"] [data-action=add-both]').click();
        await until('both forms', async () => (await who.field(words.senders).inputValue()).startsWith('partner.test\n.partner.test\n'));
        await tab.locator('[data-action=submit-senders]').click();
        await page.waitFor('[data-part=sender-form] .notice.bad');
        await page.waitForText('[data-line="3"]', words.no_ipv4);
        await page.waitForText('[data-part=sender-form] .notice.bad', words.no_ipv4);
        await page.waitForText('[data-part=sender-form] .notice.bad', words.pasted_line);
        assert.equal(world.policy.staged.sender_group[0].senders.length, 4, 'a bad line refuses the whole');
        assert.match(await who.field(words.senders).inputValue(), /192\.0\.2\.300/, 'what was typed is still there');
        await assertWell(page, look, '07-refused');
        await who.field(words.senders).fill('');
    });
    await run('the HAT shows the group first, the others behind it', async () => {
        await who.visit(words.hat);
        await page.waitFor('[data-row="public/CRES"]');
        assert.deepEqual(await page.call(() => [...document.querySelectorAll('[data-row]')].map((row) => row.dataset.row.split('/')[1])), ['CRES', 'ALLOWED_LIST', 'BLOCKED_LIST', 'SUSPECTLIST', 'UNKNOWNLIST', 'ALL']);
        await assertWell(page, look, '08-hat-staged');
    });
    await run('Commit Changes: the difference, the warnings and what would have been different, then the commit', async () => {
        await who.link(words.commit_bar(2)).click();
        await page.waitForText('[data-part=changes] [data-row="public/CRES"]', '208.90.57.0/26 (current range)');
        assert.equal(await page.call(() => document.querySelectorAll('[data-part=changes] .change-list > li').length), 2, 'groups that only made room are not told');
        await page.waitForText('[data-part=warnings]', '204.15.81.0/26');
        await page.waitForText('[data-part=preview]', '530');
        await page.waitForText('[data-part=preview]', 'TLS_REQUIRED');
        await tab.locator('[data-part=difference] summary').first().click();
        await page.waitForText('pre.difference', '+name = "CRES"');
        await tab.locator('[data-part=examples] summary').click();
        await assertWell(page, look, '09-commit');
        await who.field(words.commit_comment).fill('Replies of the envelope service over TLS');
        await who.button(words.commit).click();
        await page.waitFor('[data-version="4"]');
        await who.waitForBar(0);
        const { live } = world.policy;
        assert.equal(live.sender_group[0].values.name, 'CRES');
        assert.deepEqual(live.sender_group[0].senders.map((one) => one.text), ['.res.cisco.com', '.cres.iphmx.com', '208.90.57.0/26', '204.15.81.0/26']);
        assert.equal(world.policy.commits.at(-1).comment, 'Replies of the envelope service over TLS');
        await assertWell(page, look, '10-committed');
    });
    await run('the history shows what any commit changed, and leads back to one', async () => {
        await tab.locator('[data-version="4"] [data-action=show-version]').click();
        await page.waitForText('[data-version="4"]', 'TLS_REQUIRED');
        await assertWell(page, look, '11-history');
        await tab.locator('[data-action=rollback-3]').click();
        await tab.locator('[data-action=rollback-3-sure]').click();
        await page.waitFor('[data-version="5"]');
        assert.equal(world.policy.live.sender_group[0].values.name, 'ALLOWED_LIST');
        await tab.locator('[data-action=rollback-4]').click();
        await tab.locator('[data-action=rollback-4-sure]').click();
        await page.waitFor('[data-version="6"]');
    });
    await run('a policy that a sender group names is renamed there, too', async () => {
        await who.visit(words.flow);
        await tab.locator('[data-row=TLS_REQUIRED] a').click();
        await who.field(words.name).fill('TLS_STRICT');
        await who.button(words.submit).click();
        await page.waitForText('[data-row=TLS_STRICT]', 'CRES');
        await who.waitForBar(3);
        assert.equal(world.policy.staged.sender_group.find((row) => row.values.name === 'CRES').values.policy, 'TLS_STRICT');
        assert.equal(await page.has('[data-row=TLS_REQUIRED]'), false);
        await who.link(words.commit_bar(3)).click();
        await tab.locator('[data-action=discard]').click();
        await tab.locator('[data-action=discard-sure]').click();
        await who.waitForBar(0);
    });
    await run('the order is edited with the keyboard, by buttons or by number', async () => {
        await who.visit(words.hat);
        await who.button(words.edit_order).click();
        await who.button(words.up('BLOCKED_LIST')).focus();
        await tab.keyboard.press('Enter');
        await who.field(words.order_of('CRES')).fill('3');
        await tab.keyboard.press('Tab');
        await assertWell(page, look, '12-order');
        await tab.locator('[data-action=submit-order]').focus();
        await tab.keyboard.press('Enter');
        await who.waitForBar(2);
        assert.deepEqual(world.policy.staged.sender_group.slice(0, 3).map((row) => row.values.name), ['BLOCKED_LIST', 'ALLOWED_LIST', 'CRES']);
        await page.waitFor('[data-action=edit-order]');
    });
    await run('groups without a number in the document are moved by the one that counts', async () => {
        const { policy } = world;
        const [kept, kept_staged] = [policy.live, policy.staged];
        const strip = (row, index) => ({ ...row, values: { ...row.values, order: index === 0 ? 10 : undefined } });
        Object.assign(policy, { live: sortGroups({ ...kept, sender_group: kept.sender_group.filter((row) => row.values.listener === 'public').map(strip) }), staged: null, stamp: '0' });
        await page.goto(`${world.service_url}/portal/policies/hat/public`);
        await page.waitFor('[data-part=order]');
        const names = await page.call(() => [...document.querySelectorAll('[data-part=order]')].map((cell) => [cell.closest('tr').dataset.row.split('/')[1], Number(cell.textContent)]));
        assert.deepEqual(names.map(([, order]) => order), names.map((_, index) => 10 + index));
        const wanted = names.map(([each]) => each);
        wanted.splice(-2, 2, ...wanted.slice(-2).reverse());
        await who.button(words.edit_order).click();
        await who.button(words.up(wanted.at(-2))).click();
        await tab.locator('[data-action=submit-order]').click();
        await who.waitForBar(1);
        assert.deepEqual(policy.staged.sender_group.map((row) => row.values.name), wanted);
        Object.assign(policy, { live: kept, staged: kept_staged, stamp: kept_staged ? String((policy.clock += 1)) : '0' });
        await page.goto(`${world.service_url}/portal/policies/hat/public`);
    });
    await run('Find Senders tells where an address stands', async () => {
        await who.field(words.find).fill('208.90.57.33');
        await tab.keyboard.press('Enter');
        await page.waitForText('[data-part=find-senders] table', 'CRES');
        await assertWell(page, look, '13-find');
    });
    await run('the changes are discarded only after a second question', async () => {
        await who.link(words.commit_bar(2)).click();
        await tab.locator('[data-action=discard]').click();
        await page.waitFor('[data-action=discard-sure]:focus');
        await who.field(words.commit_comment).click();
        await tab.keyboard.type('not yet');
        assert.equal(await who.field(words.commit_comment).inputValue(), 'not yet', 'what is typed beside the question stays where it is typed');
        assert.notEqual(world.policy.staged, null);
        await tab.locator('[data-action=discard-sure]').click();
        await who.waitForBar(0);
        assert.equal(world.policy.staged, null);
    });
    await run('default policy parameters are a form like any policy, and policies inherit them', async () => {
        await who.visit(words.flow);
        await tab.locator('[data-part=defaults] a', { hasText: 'public' }).click();
        await tab.locator('[data-section=connections] summary').click();
        assert.match(await who.field(words.messages).getAttribute('placeholder'), /^\d+$/, 'what counts without an entry');
        await who.field(words.messages).fill('77');
        await assertWell(page, look, '14-defaults');
        await who.button(words.submit).click();
        await who.waitForBar(1);
        assert.deepEqual(world.policy.staged.listener_defaults.at(-1).values, { listener: 'public', max_messages_per_connection: 77 });
        await tab.locator('[data-row=BLOCKED] a').click();
        await tab.locator('[data-section=connections] summary').click();
        assert.equal(await who.field(words.messages).getAttribute('placeholder'), '77');
        await assertWell(page, look, '15-policy');
    });
    await run('a long list of a change is told in its first entries and their number', async () => {
        const many = (count) => Array.from({ length: count }, (_, index) => `old${index}@partner.test`);
        await changeAsSecond(world, [{ do: 'put', section: 'address_list', values: { name: 'many', addresses: many(25) } }]);
        await page.goto(`${world.service_url}/portal/policies/commit`);
        await page.waitForText('[data-part=changes] [data-row=many]', look.locale.startsWith('fr') ? 'et 5 autres' : 'and 5 more');
        assert.equal((await tab.locator('[data-row=many] ins').last().textContent()).includes('old20@'), false);
        await assertWell(page, look, '16-long-list');
    });
    await run('a long history is shown page by page', async () => {
        const { commits, live } = world.policy;
        for (let more = 0; more < 20; more += 1) commits.push({ ...commits.at(-1), version: commits.at(-1).version + 1, document: live });
        await page.goto(`${world.service_url}/portal/policies/commit`);
        await page.waitFor(`[data-version="${commits.at(-1).version}"]`);
        assert.equal(await page.has('[data-version="1"]'), false);
        await tab.locator('[data-action=more-history]').click();
        await page.waitFor(`[data-version="${commits.at(-1).version - 19}"]`);
        await tab.locator('[data-action=more-history]').click();
        await page.waitFor('[data-version="1"]');
        assert.equal(await page.has('[data-action=more-history]'), false);
    });
    await person.close();
    close();
}

/** Two administrators, each in a browser of their own. */
async function playTwo(browser, look) {
    is_broken = false;
    const { world, close } = await startMock();
    const first = await startPerson(browser, world, look);
    const second = await startPerson(browser, world, { ...look, locale: 'fr-FR' });
    const [one, other] = [first.who, second.who];
    const run = (sentence, action) => step(sentence, action, one.page);
    const path = '/portal/policies/mail-flow/policies/THROTTLED';
    await run('who submits after somebody else is told what they did, and loses nothing', async () => {
        await one.signIn('admin', path);
        await other.signIn('second', path);
        await one.field('TLS').selectOption({ label: one.words.required });
        await other.field(other.words.messages).fill('5');
        await other.button(other.words.submit).click();
        await other.waitForBar(1);
        await one.button(one.words.submit).click();
        await one.page.waitForText('[data-part=outdated]', 'second');
        await one.tab.locator('[data-part=outdated] summary').click();
        await one.page.waitForText('[data-part=outdated] pre', '+max_messages_per_connection = 5');
        assert.equal(await one.field('TLS').inputValue(), 'required', 'what was chosen is still there');
        await assertWell(one.page, look, '20-outdated');
        await one.tab.locator('[data-action=take-over]').click();
        await until('their value', async () => (await one.field(one.words.messages).inputValue()) === '5');
        assert.equal(await one.field('TLS').inputValue(), 'required');
        await assertWell(one.page, look, '21-taken-over');
        await one.button(one.words.submit).click();
        await one.page.waitFor('[data-row=THROTTLED] [data-state=changed]');
        const { values } = world.policy.staged.mail_flow_policy.find((row) => row.values.name === 'THROTTLED');
        assert.deepEqual([values.tls, values.max_messages_per_connection], ['required', 5]);
    });
    await run('a commit of what one has not seen is refused, and the comment stays', async () => {
        await one.link(one.words.commit_bar(1)).click();
        await one.field(one.words.commit_comment).fill('My changes');
        await other.visit(other.words.hat);
        await other.link(other.words.add_group).click();
        await other.field(other.words.name).fill('OTHERS');
        await other.button(other.words.submit).click();
        await other.waitForBar(2);
        await one.button(one.words.commit).click();
        await one.page.waitForText('[data-part=outdated]', 'second');
        assert.equal(world.policy.commits.length, 3, 'nothing was committed');
        await one.tab.locator('[data-action=take-over]').click();
        await one.page.waitForText('[data-part=changes]', 'OTHERS');
        assert.equal(await one.field(one.words.commit_comment).inputValue(), 'My changes');
        await one.button(one.words.commit).click();
        await one.page.waitFor('[data-version="4"]');
    });
    await run('an order that is being edited is of the state it began with, and takes in what others add when told so', async () => {
        await one.page.goto(`${world.service_url}/portal/policies/hat/public`);
        await one.button(one.words.edit_order).click();
        await one.button(one.words.up('BLOCKED_LIST')).click();
        await changeAsSecond(world, [{ do: 'put', section: 'sender_group', values: { name: 'NEWCOMERS', listener: 'public', order: 1 } }]);
        await one.lookAgain();
        await one.waitForBar(1);
        await one.tab.locator('[data-action=submit-order]').click();
        await one.page.waitForText('[data-part=outdated]', 'second');
        const staged = () => world.policy.staged.sender_group.filter((row) => row.values.listener === 'public').map((row) => row.values.name);
        assert.deepEqual(staged().slice(0, 3), ['NEWCOMERS', 'ALLOWED_LIST', 'BLOCKED_LIST'], 'nothing was moved');
        assert.equal(await one.page.has('[data-row="public/NEWCOMERS"]'), false);
        await one.tab.locator('[data-action=take-over]').click();
        await one.page.waitFor('[data-row="public/NEWCOMERS"]');
        await one.tab.locator('[data-action=submit-order]').click();
        await one.page.waitFor('[data-action=edit-order]');
        assert.deepEqual(staged().slice(0, 3), ['NEWCOMERS', 'BLOCKED_LIST', 'ALLOWED_LIST']);
        Object.assign(world.policy, { staged: null, stamp: '0' });
    });
    await run('a form whose row others delete keeps what was typed, says so, and makes the row anew', async () => {
        const group = { name: 'BRIEF', listener: 'public' };
        await changeAsSecond(world, [{ do: 'put', section: 'mail_flow_policy', values: { name: 'BRIEF', behavior: 'accept' } }, { do: 'put', section: 'sender_group', values: group }]);
        const forms = [
            ['mail_flow_policy', 'BRIEF', '/portal/policies/mail-flow/policies/BRIEF', '#flow-tls', () => one.field('TLS').selectOption('required'), 'required'],
            ['sender_group', 'public/BRIEF', '/portal/policies/hat/public/groups/BRIEF/edit', '#group-comment', () => one.field(one.words.comment).fill('Kept'), 'Kept'],
        ];
        for (const [section, row, form_path, field, enter, entered] of forms) {
            await one.page.goto(`${world.service_url}${form_path}`);
            await one.page.waitFor(field);
            await enter();
            await changeAsSecond(world, [{ do: 'remove', section, row }]);
            await one.lookAgain();
            await one.page.waitFor('[data-part=gone]');
            assert.equal(await one.tab.locator(field).inputValue(), entered);
            await assertWell(one.page, look, `22-gone-${section}`);
            await one.button(one.words.submit).click();
            await one.tab.locator('[data-action=take-over]').click();
            await one.button(one.words.submit).click();
            await until('the row to be there anew', () => world.policy.staged[section].some((each) => each.values.name === 'BRIEF' && Object.values(each.values).includes(entered)));
        }
        await one.page.goto(`${world.service_url}/portal/policies/hat/public/groups/BRIEF?add`);
        await one.page.waitFor('#senders:focus');
        await one.field(one.words.senders).fill('192.0.2.77');
        await changeAsSecond(world, [{ do: 'remove', section: 'sender_group', row: 'public/BRIEF' }]);
        await one.lookAgain();
        await one.page.waitFor('[data-part=gone]');
        assert.equal(await one.field(one.words.senders).inputValue(), '192.0.2.77');
        assert.equal(await one.tab.locator('[data-action=submit-senders]').isDisabled(), true);
        // The list of senders may have asked for the group that is gone.
        one.page.errors.splice(0, Infinity, ...one.page.errors.filter((line) => !/status of 404/.test(line)));
        await assertWell(one.page, look, '23-gone-senders');
    });
    await run('an administrator sees the pages of his areas only', async () => {
        assert.equal(await other.page.call(() => document.querySelector('a[href="/portal/domains"]')), null);
        const third = await startPerson(browser, world, look);
        await third.who.signIn('tenant', '/portal/policies/hat');
        await third.who.page.waitFor('[data-part=no-page]');
        await assertWell(third.who.page, look, '23-no-such-page');
        await third.who.page.click('[data-part=no-page] a');
        await third.who.page.waitFor('[data-domain="acme.test"]');
        assert.equal(await third.who.page.has('a[href^="/portal/policies"]'), false);
        await third.person.close();
    });
    await run('who has no area on this node is told so', async () => {
        for (const [locale, said] of [['en-GB', 'Nothing here is yours'], ['fr-FR', 'Rien ici']]) {
            const visitor = await startPerson(browser, world, { ...look, locale });
            await visitor.who.enter('visitor', '/portal/policies/hat');
            await visitor.who.page.waitForText('[data-part=nothing-here]', said);
            await assertWell(visitor.who.page, look, `24-nothing-here-${locale}`);
            await visitor.person.close();
        }
    });
    await first.person.close();
    await second.person.close();
    close();
}

const crowd = 100_000;
const sender = (index) => `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.7`;

async function playCrowd(browser, look) {
    is_broken = false;
    const { world, close } = await startMock();
    const { person, who } = await startPerson(browser, world, look);
    const { page, tab } = who;
    const run = (sentence, action) => step(`${sentence} (${look.tag})`, action, page);
    const group = world.policy.live.sender_group.find((row) => row.values.name === 'BLOCKED_LIST');
    group.senders = Array.from({ length: crowd }, (_, index) => ({ text: sender(index), comment: index % 1000 ? '' : 'a hundredth' }));
    await run('a group of 100,000 senders is there at once, a page at a time, and nothing jumps', async () => {
        await who.signIn('admin', '/portal/policies/hat/public/groups/BLOCKED_LIST');
        await page.waitFor(`[data-sender="${sender(99)}"]`);
        await page.waitForText('[data-part=range]', look.locale.startsWith('fr') ? 'sur' : 'of 100,000');
        await page.call(() => {
            window.shifted = 0;
            new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifted += entry.value))).observe({ type: 'layout-shift', buffered: false });
        });
        for (const [index, expected] of [[2, 100], [2, 200], [3, crowd - 100]]) {
            await tab.locator('.pager button').nth(index).click();
            await page.waitFor(`[data-sender="${sender(expected)}"]`);
        }
        assert.ok(await page.call(() => window.shifted) < 0.02, 'nothing jumps while pages are turned');
        await assertWell(page, look, '30-crowd');
    });
    await run('the gateway searches them, by a part and by an address', async () => {
        await tab.locator('#sender-filter').fill('10.200.77');
        await until('one match', () => page.call(() => document.querySelectorAll('[data-sender]').length === 1));
        await page.waitFor('[data-sender="10.200.77.7"]');
        await tab.locator('[data-sender="10.200.77.7"] input').check();
        await tab.locator('[data-action=remove-senders]').click();
        await tab.locator('[data-action=remove-senders-sure]').click();
        await who.waitForBar(1);
        assert.equal(world.policy.staged.sender_group.find((row) => row.values.name === 'BLOCKED_LIST').senders.length, crowd - 1);
    });
    await run('100,000 pasted lines have their verdicts, and the page stays quick', async () => {
        const lines = Array.from({ length: crowd }, (_, index) => (index === 70_000 ? 'no sender@all' : sender(index + crowd))).join('\n');
        await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
        await page.goto(`${world.service_url}/portal/policies/hat/public/groups/UNKNOWNLIST?add`);
        await page.waitFor('#senders:focus');
        await page.call((text) => navigator.clipboard.writeText(text), lines);
        await tab.keyboard.press('Control+V');
        await page.waitFor('[data-line="70001"][data-result=refused]', 60_000);
        assert.ok(await page.call(() => document.querySelectorAll('[data-line]').length) <= 200, 'no more rows than anybody reads');
        await tab.keyboard.press('Control+A');
        await page.call((text) => navigator.clipboard.writeText(text), lines.replace('no sender@all', '192.0.2.1'));
        await tab.keyboard.press('Control+V');
        await until('fresh verdicts', () => page.call(() => document.querySelector('[data-part=verdict-counts]').dataset.fresh === 'true' && !document.querySelector('[data-result=refused]')), 60_000);
        await tab.locator('[data-action=submit-senders]').click();
        await page.waitFor(`[data-sender="${sender(crowd)}"]`);
        assert.equal(world.policy.staged.sender_group.find((row) => row.values.name === 'UNKNOWNLIST').senders.length, crowd);
    });
    await person.close();
    close();
}

const looks = steps.makeLooks({ width: 1280, height: 900 });
const browser = await steps.launch();
for (const look of looks) await play(browser, look);
await playTwo(browser, looks[0]);
for (const look of looks.slice(0, 2)) await playCrowd(browser, look);
await browser.close();
steps.end();

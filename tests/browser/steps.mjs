// What the tests of pages share: counted steps, screenshots (PROGRAM [SHOTS_DIR [LOOK]]), the looks in which pages are
// seen, and what must be true of any page.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from './drivers/chromium.mjs';

const [shots_dir, chosen_look] = process.argv.slice(2);
if (shots_dir) mkdirSync(shots_dir, { recursive: true });
const counts = { passed: 0, failed: 0 };

/**
 * Wide and 360 px, light and dark, English and French: two looks that have each of them, all pairs with SEALPOST_LOOKS=all,
 * or only those whose tag the command line names.
 */
export const makeLooks = (wide = { width: 1100, height: 800 }) => [
    { tag: 'wide-light-en', viewport: wide, colorScheme: 'light', locale: 'en-GB' },
    { tag: 'phone-dark-fr', viewport: { width: 360, height: 740 }, colorScheme: 'dark', locale: 'fr-FR' },
    { tag: 'phone-light-en', viewport: { width: 360, height: 740 }, colorScheme: 'light', locale: 'en-GB' },
    { tag: 'wide-dark-fr', viewport: wide, colorScheme: 'dark', locale: 'fr-FR' },
].filter((look, place) => (chosen_look ? look.tag.includes(chosen_look) : place < 2 || process.env.SEALPOST_LOOKS === 'all'));

export const launch = () => launchChromium(shots_dir ?? '.');

/** Whether the step went as it should; what went wrong is told and counted. */
export async function step(sentence, run, page) {
    try {
        await run();
        counts.passed += 1;
        console.log(`ok   ${sentence}`);
        return true;
    } catch (error) {
        counts.failed += 1;
        console.log(`FAIL ${sentence}\n     ${error.stack}\n     page said: ${page.errors.slice(-5).join(' | ')}`);
        if (shots_dir) await page.shot(join(shots_dir, `FAIL-${counts.failed}.png`)).catch(() => {});
        return false;
    }
}

/** No barrier, no wider than its window, no error; `expected` are answers that a browser logs as errors, too. */
export async function assertWell(page, look, where, expected = null) {
    if (shots_dir) await page.shot(join(shots_dir, `${look}-${where}.png`));
    assert.equal(await page.findBarriers(), '', `no barrier in ${where}`);
    assert.equal(await page.isTooWide(), false, `${where} is not wider than its window`);
    assert.deepEqual(page.errors.filter((line) => !expected?.test(line)), [], `no error in ${where}`);
}

/** Proves an address at the mock, whose mail need not be read for that. */
export async function proveByCode(page, world, address) {
    await page.type('#address', address);
    await page.click('[data-part=prove] button[type=submit]');
    await page.waitFor('#code');
    await page.type('#code', [...world.challenges.values()].at(-1).code);
    await page.click('[data-part=code] button[type=submit]');
}

/** Says the sum and ends the process. Where nothing passed, nothing was tested: a look may name no step. */
export function end() {
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
}

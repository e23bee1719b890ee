// Debian's Chromium, without its own windows and menus, through playwright-core, as the neutral Browser and Page that
// the story uses.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Page, axe_source } from './page.mjs';

// Nothing of Chromium's own may go out to the network while the tests run.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function launchChromium(download_dir) {
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', headless: true, args: quiet });
    return {
        name: 'chromium',
        async newPerson(options = {}) {
            const context = await browser.newContext({
                ignoreHTTPSErrors: true, acceptDownloads: true, locale: options.locale ?? 'en-GB', colorScheme: options.colorScheme ?? 'light',
                viewport: options.viewport ?? { width: 1100, height: 900 },
            });
            await context.addInitScript(axe_source);
            return { newPage: async () => new ChromiumPage(await context.newPage(), download_dir), close: () => context.close() };
        },
        close: () => browser.close(),
    };
}

class ChromiumPage extends Page {
    constructor(page, download_dir) {
        super();
        this.page = page;
        this.download_dir = download_dir;
        this.watch();
    }

    watch() {
        this.page.on('pageerror', (error) => this.errors.push(String(error)));
        this.page.on('console', (line) => {
            if (line.type() === 'error') this.errors.push(line.text());
        });
    }

    goto(url) {
        return this.page.goto(url);
    }

    url() {
        return this.page.url();
    }

    call(fn, ...args) {
        return this.page.evaluate(`(${fn})(...${JSON.stringify(args)})`);
    }

    async type(selector, text) {
        await this.waitFor(selector);
        await this.page.fill(selector, text);
    }

    async click(selector) {
        await this.waitFor(selector);
        await this.page.click(selector);
    }

    async chooseFiles(selector, paths) {
        await this.waitFor(selector);
        await this.page.setInputFiles(selector, paths);
    }

    async download(selector) {
        await this.waitFor(selector);
        const [download] = await Promise.all([this.page.waitForEvent('download', { timeout: 60000 }), this.page.click(selector)]);
        const path = join(this.download_dir, `${Date.now()}-${download.suggestedFilename()}`);
        await download.saveAs(path);
        return path;
    }

    shot(path) {
        return this.page.screenshot({ path, fullPage: true });
    }
}

// Debian's Firefox ESR through puppeteer-core over WebDriver BiDi, as the neutral Browser and Page.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { Page, axe_source, until } from './page.mjs';

const preferences = (download_dir, locale) => ({
    'browser.download.folderList': 2,
    'browser.download.dir': download_dir,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.helperApps.neverAsk.saveToDisk': 'application/octet-stream',
    'browser.download.alwaysOpenPanel': false,
    'intl.accept_languages': locale,
    'app.update.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
});

export async function launchFirefox(download_dir, locale = 'en-GB') {
    const browser = await puppeteer.launch({
        browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true, acceptInsecureCerts: true,
        extraPrefsFirefox: preferences(download_dir, locale), defaultViewport: { width: 1100, height: 900 },
    });
    return {
        name: 'firefox',
        async newPerson() {
            const context = await browser.createBrowserContext();
            return { newPage: async () => prepare(await context.newPage(), download_dir), close: () => context.close() };
        },
        close: () => browser.close(),
    };
}

async function prepare(page, download_dir) {
    await page.evaluateOnNewDocument(axe_source);
    return new FirefoxPage(page, download_dir);
}

class FirefoxPage extends Page {
    constructor(page, download_dir) {
        super();
        this.page = page;
        this.download_dir = download_dir;
        page.on('pageerror', (error) => this.errors.push(String(error)));
    }

    // A page in the background is slowed down by Firefox; the one that acts stands in front.
    async goto(url) {
        await this.page.bringToFront();
        await this.page.goto(url, { waitUntil: 'load' });
    }

    url() {
        return this.page.url();
    }

    call(fn, ...args) {
        return this.page.evaluate(`(${fn})(...${JSON.stringify(args)})`);
    }

    async type(selector, text) {
        await this.page.bringToFront();
        await this.waitFor(selector);
        await this.call((where) => {
            const field = document.querySelector(where);
            field.focus();
            field.select();
        }, selector);
        if (text) await this.page.keyboard.type(text);
        else await this.page.keyboard.press('Delete');
    }

    async click(selector) {
        await this.page.bringToFront();
        await this.waitFor(selector);
        const element = await this.page.$(selector);
        await element.click();
    }

    async chooseFiles(selector, paths) {
        await this.waitFor(selector);
        const element = await this.page.$(selector);
        await element.uploadFile(...paths);
    }

    async download(selector) {
        const before = new Set(readdirSync(this.download_dir));
        await this.click(selector);
        let last = -1;
        return until('a finished download', () => {
            const fresh = readdirSync(this.download_dir).filter((name) => !before.has(name));
            if (fresh.length === 0 || fresh.some((name) => name.endsWith('.part'))) return null;
            const path = join(this.download_dir, fresh[0]);
            const size = statSync(path).size;
            // The same size twice, a tenth of a second apart, and not the empty place-holder that Firefox makes first.
            const done = size > 0 && size === last;
            last = size;
            return done ? path : null;
        }, 60000, 100);
    }

    shot(path) {
        return this.page.screenshot({ path, fullPage: true });
    }
}

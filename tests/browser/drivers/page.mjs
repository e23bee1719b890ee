// What the story may do with a page, in any browser. A driver gives goto, url, call (runs a function
// in the page with JSON arguments), type, click, chooseFiles, download and shot.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const patience_ms = 30000;
const pause_ms = 25;

/** Asks again until `look` gives something; the only way of waiting in these tests. */
export async function until(what, look, patience = patience_ms, pause = pause_ms) {
    const end = Date.now() + patience;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
        await new Promise((done) => setTimeout(done, pause));
    }
}

export class Page {
    errors = [];

    waitFor(selector, patience) {
        return until(`${selector} at ${this.url()}`, () => this.has(selector).catch(() => false), patience);
    }

    has(selector) {
        return this.call((where) => document.querySelector(where) !== null, selector);
    }

    async text(selector) {
        await this.waitFor(selector);
        return this.call((where) => document.querySelector(where).textContent, selector);
    }

    async attribute(selector, name) {
        await this.waitFor(selector);
        return this.call((where, which) => document.querySelector(where).getAttribute(which), selector, name);
    }

    waitForText(selector, text) {
        return until(`"${text}" in ${selector} at ${this.url()}`, async () => (await this.text(selector)).includes(text));
    }

    waitForUrl(pattern) {
        return until(`an address like ${pattern} instead of ${this.url()}`, () => pattern.test(this.url()));
    }

    /** Serious and critical findings of axe, as text; empty when all is well. */
    async findBarriers() {
        const found = await this.call(async () => {
            // Colours that are still turning into others are none that anybody reads.
            const turning = document.getAnimations().filter((one) => one instanceof CSSTransition);
            await Promise.allSettled(turning.map((one) => one.finished));
            const result = await window.axe.run(document, { iframes: false, resultTypes: ['violations'] });
            return result.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
                .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join('; ')}`);
        });
        return found.join('\n');
    }

    /** True when the page is wider than its window, so that it must be scrolled sideways. */
    isTooWide() {
        return this.call(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    }

    /** Drops what is no file, as pages of mails let go of their attachments. */
    dropText(selector, text) {
        return this.call((where, dragged) => {
            const transfer = new DataTransfer();
            transfer.setData('text/uri-list', dragged);
            document.querySelector(where).dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
        }, selector, text);
    }

    /** Drops a file made of the bytes at `url` (same origin) or of the text given. */
    drop(selector, name, base64) {
        return this.call((where, file_name, data) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], file_name, { type: 'text/html' }));
            const target = document.querySelector(where);
            for (const type of ['dragenter', 'dragover', 'drop']) {
                target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
            }
        }, selector, name, base64);
    }
}

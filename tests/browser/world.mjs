// The demo world as a test sees it from outside the browser: its state and its mailboxes.
import { webcrypto } from 'node:crypto';
import PostalMime from 'postal-mime';
import { until } from './drivers/page.mjs';

globalThis.crypto ??= webcrypto;

export class DemoWorld {
    constructor(url) {
        this.url = url.replace(/\/$/, '');
    }

    async ask(path) {
        const response = await fetch(this.url + path);
        if (!response.ok) throw new Error(`${path} answered ${response.status}`);
        return response;
    }

    async state() {
        return (await this.ask('/demo/state')).json();
    }

    async messages(address) {
        return (await (await this.ask(`/demo/mailboxes/${encodeURIComponent(address)}/messages`)).json()).messages;
    }

    async mail(address, n) {
        const raw = await (await this.ask(`/demo/mailboxes/${encodeURIComponent(address)}/messages/${n}/raw`)).arrayBuffer();
        return PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' });
    }

    /** The number of the newest message now; what comes later is newer than this. */
    async newest(address) {
        return (await this.messages(address))[0]?.n ?? 0;
    }

    /** Waits for a message after `n` that fits, and gives its summary. */
    arrival(address, n, fits = () => true, patience = 60000) {
        return until(`a message to ${address} after number ${n}`, async () => (await this.messages(address)).find((one) => one.n > n && fits(one)), patience);
    }

    /** The code that a mail to `address` carries beside the reference words that the page shows. */
    async code(address, n, reference) {
        return until(`a code for ${address} with ${reference}`, async () => {
            for (const one of await this.messages(address)) {
                if (one.n <= n || one.has_page) continue;
                const { text = '', html = '' } = await this.mail(address, one.n);
                const whole = text || html;
                if (!whole.includes(reference)) continue;
                const match = /(?<!\d)(\d{4})[\s-]?(\d{4})(?!\d)/.exec(whole.replaceAll(reference, ''));
                if (match) return match[1] + match[2];
            }
            return null;
        });
    }

    async flip(name, value) {
        const origin = new URL(this.url).origin;
        const response = await fetch(`${this.url}/demo/switch`, {
            method: 'POST', headers: { 'Content-Type': 'application/json', Origin: origin }, body: JSON.stringify({ name, value }),
        });
        if (!response.ok) throw new Error(`the switch ${name} answered ${response.status}: ${await response.text()}`);
    }

    /** The link to the envelope, as it stands in the notification's text. */
    async link(address, n) {
        const { text = '', html = '' } = await this.mail(address, n);
        const match = /https?:\/\/[^\s"'<>]+\/open\/[a-z2-7]{26}/.exec(`${text} ${html}`);
        if (!match) throw new Error('the notification carries no link');
        return match[0];
    }

    /** The attached envelope page as base64, for dropping. */
    async pageOf(address, n) {
        const { attachments } = await this.mail(address, n);
        const page = attachments.find((one) => /\.html?$/.test(one.filename ?? ''));
        if (!page) throw new Error('the notification carries no page');
        return Buffer.from(page.content).toString('base64');
    }
}

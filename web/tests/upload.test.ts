import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { max_upload_bytes } from '../reader/api';
import { renewWith, request } from '../shared/http';

afterEach(() => {
    vi.unstubAllGlobals();
    renewWith(null);
});

/** A service that says every time that the session is over; how often it was asked. */
function stubService(): { sent: number } {
    const counts = { sent: 0 };
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('XMLHttpRequest', class {
        readonly upload = {};
        readonly status = 401;
        readonly response = null;
        onload = () => {};
        onabort = () => {};
        open() {}
        setRequestHeader() {}
        getResponseHeader = () => null;
        abort = () => this.onabort();
        send() {
            counts.sent += 1;
            queueMicrotask(() => this.onload());
        }
    });
    return counts;
}

test('the page takes files as large as the service does', () => {
    const source = readFileSync(new URL('../../src/serve/reader/ingest.cpp', import.meta.url), 'utf8');
    const [, mebibytes] = /max_upload_bytes = (\d+)ULL \* 1024 \* 1024;/.exec(source) ?? [];
    expect(max_upload_bytes).toBe(Number(mebibytes) * 1024 * 1024);
});
test('what was stopped while the session was renewed is not sent again', async () => {
    const service = stubService();
    const abort = new AbortController();
    renewWith(async () => {
        abort.abort();
        return { csrf: 'new' };
    });
    await expect(request('/api/v1/replies', { method: 'POST', csrf: 'old', sending: { tell: () => {}, signal: abort.signal } })).rejects.toMatchObject({ kind: 'given-up' });
    expect(service.sent).toBe(1);
});

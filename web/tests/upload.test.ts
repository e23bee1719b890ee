import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { max_upload_bytes } from '../shared/api';

test('the page takes files as large as the service does', () => {
    const source = readFileSync(new URL('../../src/serve/reader/ingest.cpp', import.meta.url), 'utf8');
    const [, mebibytes] = /max_upload_bytes = (\d+)ULL \* 1024 \* 1024;/.exec(source) ?? [];
    expect(max_upload_bytes).toBe(Number(mebibytes) * 1024 * 1024);
});

import { expect, test } from 'vitest';
import { boxesOf, commonName } from '../portal/chain';
import type { HostTest } from '../shared/api';

const leaf = { subject: 'CN=mx1.acme.test, O=Acme', issuer: 'CN=Inter', not_after: '2027-01-01T00:00:00Z' };
const inter = { subject: 'CN=Inter', issuer: 'CN=Root', not_after: '2030-01-01T00:00:00Z' };
const now = new Date('2026-11-22T00:00:00Z');

function host(verdict: HostTest['verdict'], chain: HostTest['chain']): HostTest {
    return { mx: 'mx1.acme.test', preference: 10, address: '192.0.2.1', verdict, detail: '', fix: '', protocol: '', cipher: '', chain };
}

test('a verified chain ends in its authority, without a fault', () => {
    const boxes = boxesOf(host('ok', [leaf, inter]), now);
    expect(boxes.map((box) => box.name)).toEqual(['mx1.acme.test', 'Inter', 'Root']);
    expect(boxes.some((box) => box.faulty)).toBe(false);
});
test('a missing intermediate is a marked gap after the last certificate', () => {
    expect(boxesOf(host('missing_intermediate', [leaf]), now).at(-1)).toEqual({ role: 'intermediate', name: 'Inter', not_after: null, faulty: true, missing: true });
});
test('a self-signed certificate is one faulty box', () => {
    const boxes = boxesOf(host('self_signed', [{ ...leaf, issuer: leaf.subject }]), now);
    expect(boxes).toHaveLength(1);
    expect(boxes[0]?.faulty).toBe(true);
});
test('of a chain the expired link is marked, not the others', () => {
    const boxes = boxesOf(host('expired', [leaf, { ...inter, not_after: '2026-01-01T00:00:00Z' }]), now);
    expect(boxes.map((box) => box.faulty)).toEqual([false, true, false]);
});
test('an unknown authority is marked at the top', () => expect(boxesOf(host('untrusted_root', [leaf, inter]), now).map((box) => box.faulty)).toEqual([false, false, true]));
test('a host without TLS has no boxes', () => expect(boxesOf(host('no_starttls', []), now)).toEqual([]));
test('the common name is taken out of a distinguished name', () => {
    expect(commonName('/C=CH/O=Acme/CN=mx.acme.test')).toBe('mx.acme.test');
    expect(commonName('O=Acme')).toBe('O=Acme');
});

import { expect, test } from 'vitest';
import { boxesOf, commonName, firstEnd, lifetimeOf, safeUrl } from '../shared/tls/chain';
import type { Certificate, FoundChain } from '../shared/tls/facts';

const base: Certificate = { subject: '', issuer: '', names: [], not_before: '2026-01-01T00:00:00Z', not_after: '', key: '', signature_hash: 'SHA256', sha256: '' };
const leaf: Certificate = { ...base, subject: 'CN=mx1.acme.test, O=Acme', issuer: 'CN=Inter', not_before: '2026-10-03T00:00:00Z', not_after: '2027-01-01T00:00:00Z', key: 'RSA 2048' };
const inter: Certificate = { ...base, subject: 'CN=Inter', issuer: 'CN=Root', not_after: '2030-01-01T00:00:00Z', key: 'EC 256' };
const root: Certificate = { ...base, subject: 'CN=Root', issuer: 'CN=Root', not_after: '2040-01-01T00:00:00Z', key: 'RSA 4096', signature_hash: 'SHA1' };
const now = new Date('2026-11-22T00:00:00Z');

const draw = (verdict: FoundChain['verdict'], chain: Certificate[], more: Partial<FoundChain> = {}) => boxesOf({ verdict, chain, ...more });
const faults = (...given: Parameters<typeof draw>) => draw(...given).map((box) => box.is_faulty);

test('a verified chain ends in its authority, where trust starts, without a fault', () => {
    const boxes = draw('ok', [leaf, inter]);
    expect(boxes.map((box) => [box.role, box.name, box.is_anchor])).toEqual([['leaf', 'mx1.acme.test', false], ['intermediate', 'Inter', false], ['root', 'Root', true]]);
    expect(boxes.some((box) => box.is_faulty || box.is_missing)).toBe(false);
    expect(draw('ok', [leaf, inter, root]).map((box) => box.is_anchor)).toEqual([false, false, true]);
});
test('a missing intermediate is a gap behind the last certificate, in front of an authority that nobody knows', () => {
    const boxes = draw('missing_intermediate', [leaf], { faulty: 1, missing_issuer: 'CN=Inter, O=Trusty', missing_issuer_url: 'http://ca.test/inter.crt' });
    expect(boxes[1]).toEqual({ role: 'intermediate', name: 'Inter', certificate: null, is_faulty: true, is_missing: true, is_anchor: false, url: 'http://ca.test/inter.crt' });
    expect(boxes[2]).toMatchObject({ role: 'root', name: null, is_faulty: false });
    expect(draw('missing_intermediate', [leaf])[1]?.name).toBe('Inter');
});
test('what the service says of the faulty link counts', () => {
    expect(faults('expired', [leaf, inter], { faulty: 1 })).toEqual([false, true, false]);
    expect(faults('missing_intermediate', [leaf], { faulty: 1 })).toEqual([false, true, false]);
});
test('without its word nothing is marked', () => expect(faults('expired', [{ ...leaf, not_after: '2026-01-01T00:00:00Z' }, inter])).toEqual([false, false, false]));
test('an unknown authority is marked at the top, sent or not, and trust starts nowhere', () => {
    expect(faults('untrusted_root', [leaf, inter], { faulty: 2 })).toEqual([false, false, true]);
    expect(faults('untrusted_root', [leaf, inter, root], { faulty: 2 })).toEqual([false, false, true]);
    expect(draw('untrusted_root', [leaf, inter]).some((box) => box.is_anchor)).toBe(false);
});
test('a host without TLS has no boxes', () => expect(draw('no_starttls', [])).toEqual([]));
test('the common name is taken out of a distinguished name', () => {
    expect(commonName('/C=CH/O=Acme/CN=mx.acme.test')).toBe('mx.acme.test');
    expect(commonName('CN=Acme\\, Inc. Root, O=Acme')).toBe('Acme\\, Inc. Root');
    expect(commonName('O=Acme')).toBe('O=Acme');
});
test('only addresses of the web are followed out of a certificate', () => {
    expect(['http://ca.test/a.crt', 'https://ca.test/a.crt'].map(safeUrl)).not.toContain(null);
    expect(['javascript:alert(1)', 'ldap://ca.test', ' http://ca.test', null, undefined].map(safeUrl)).toEqual([null, null, null, null, null]);
});
test('a chain ends with its first link', () => expect(firstEnd([inter, leaf, root])).toBe(leaf));
test('a certificate warns in its last month and alarms in its last week', () => {
    expect(lifetimeOf(leaf, now)).toEqual({ part: 50 / 90, days_left: 40, look: 'good' });
    expect(lifetimeOf(leaf, new Date('2026-12-20T00:00:00Z')).look).toBe('warn');
    expect(lifetimeOf(leaf, new Date('2026-12-28T00:00:00Z')).look).toBe('bad');
    expect(lifetimeOf(leaf, new Date('2027-01-05T00:00:00Z'))).toMatchObject({ part: 1, days_left: -4, look: 'bad' });
    expect(lifetimeOf({ ...leaf, not_before: leaf.not_after }, now).part).toBeNull();
});

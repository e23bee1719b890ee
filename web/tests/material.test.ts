import { expect, test } from 'vitest';
import { empty_draft, findDraftFault, isHostName, makeMaterial, readNames, toBase64, toPem } from '../portal/certificates/material';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n';
const request = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n';
const fault = (more: Partial<typeof empty_draft>) => findDraftFault({ ...empty_draft, ...more });

test('what is plainly no certificate is told before anybody is asked', () => {
    expect(fault({})).toBe('certificate');
    expect(fault({ certificate: request })).toBe('certificate_is_request');
    expect(fault({ certificate: key })).toBe('certificate_is_key');
    expect(fault({ certificate: pem, intermediates: 'MIIB' })).toBe('intermediates');
    expect(fault({ certificate: pem, intermediates: 'x'.repeat(300 * 1024) })).toBe('too_large');
    expect(fault({ certificate: pem })).toBeNull();
});
test('intermediates alone complete what is installed', () => {
    expect(fault({ intermediates: pem })).toBeNull();
    expect(makeMaterial({ ...empty_draft, intermediates: pem })).toEqual({ intermediates: pem });
});
test('a key may stand beside its certificate', () => {
    expect(fault({ way: 'pem', certificate: pem })).toBe('key');
    expect(fault({ way: 'pem', certificate: pem, key })).toBeNull();
    expect(fault({ way: 'pem', certificate: pem + key })).toBeNull();
});
test('only what was chosen is sent', () => {
    const draft = { ...empty_draft, certificate: pem, key, pkcs12: 'MIIB', password: '' };
    expect(makeMaterial(draft)).toEqual({ certificate: pem });
    expect(makeMaterial({ ...draft, way: 'pem' })).toEqual({ certificate: pem, key });
    expect(makeMaterial({ ...draft, way: 'pkcs12' })).toEqual({ pkcs12: 'MIIB', password: '' });
    expect(fault({ way: 'pkcs12' })).toBe('pkcs12');
});
test('a file is taken as PEM or as DER', () => {
    expect(toPem(new TextEncoder().encode(pem), 'CERTIFICATE')).toBe(pem);
    const der = Uint8Array.from({ length: 60 }, (_, index) => 200 + (index % 50));
    expect(toPem(der, 'CERTIFICATE')).toMatch(/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/]{64}\n[A-Za-z0-9+/=]{16}\n-----END CERTIFICATE-----\n$/);
    expect(toBase64(Uint8Array.of(0, 255))).toBe('AP8=');
});
test('names may be apart by lines, spaces or commas', () => {
    expect(readNames('MX1.acme.test\nmail.acme.test., mx1.acme.test ')).toEqual(['mx1.acme.test', 'mail.acme.test']);
    expect(['mx1.acme.test', '*.acme.test', 'localhost'].every(isHostName)).toBe(true);
    expect(['a b', 'mx1..test', 'https://mx1', ''].some(isHostName)).toBe(false);
});

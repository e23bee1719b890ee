// What a person pastes or chooses to install, and what is sent of it.

import type { Material } from './api';

/** As the service takes them. */
export const most_octets = 256 * 1024;

export type KeyWay = 'kept' | 'pem' | 'pkcs12';

export interface Draft {
    way: KeyWay;
    certificate: string;
    intermediates: string;
    key: string;
    pkcs12: string;
    password: string;
}

export const empty_draft: Draft = { way: 'kept', certificate: '', intermediates: '', key: '', pkcs12: '', password: '' };

export type DraftFault = 'certificate' | 'certificate_is_request' | 'certificate_is_key' | 'intermediates' | 'key' | 'pkcs12' | 'too_large';

const begins = (kind: string) => new RegExp(`-----BEGIN (?:[A-Z0-9]+ )*${kind}-----`);
const certificate = begins('CERTIFICATE');
const any_key = begins('PRIVATE KEY');

/** What can be told without the service, so that nobody waits for it. */
export function findDraftFault(draft: Draft): DraftFault | null {
    const sum = draft.certificate.length + draft.intermediates.length + draft.key.length + draft.pkcs12.length;
    if (sum > most_octets) return 'too_large';
    if (draft.way === 'pkcs12') return draft.pkcs12 ? faultOfIntermediates(draft) : 'pkcs12';
    if (!certificate.test(draft.certificate)) return faultOfCertificate(draft.certificate, draft.intermediates);
    if (draft.way === 'pem' && !any_key.test(draft.key) && !any_key.test(draft.certificate)) return 'key';
    return faultOfIntermediates(draft);
}

// With intermediates alone the host's own certificate stays the one that is installed.
function faultOfCertificate(text: string, intermediates: string): DraftFault | null {
    if (begins('CERTIFICATE REQUEST').test(text)) return 'certificate_is_request';
    if (any_key.test(text)) return 'certificate_is_key';
    return text.trim() === '' && certificate.test(intermediates) ? null : 'certificate';
}

function faultOfIntermediates(draft: Draft): DraftFault | null {
    return draft.intermediates.trim() === '' || certificate.test(draft.intermediates) ? null : 'intermediates';
}

export function makeMaterial(draft: Draft): Material {
    const given: Material = draft.way === 'pkcs12' ? { pkcs12: draft.pkcs12, password: draft.password } : { certificate: draft.certificate };
    if (draft.way === 'pem') given.key = draft.key;
    if (draft.intermediates.trim() !== '') given.intermediates = draft.intermediates;
    return Object.fromEntries(Object.entries(given).filter(([name, value]) => name === 'password' || value !== ''));
}

const pem_line = 64;

/** A file as PEM, whether it was that already or DER. */
export function toPem(bytes: Uint8Array, label: 'CERTIFICATE' | 'PRIVATE KEY'): string {
    const text = new TextDecoder().decode(bytes);
    if (text.includes('-----BEGIN ')) return text;
    const lines = toBase64(bytes).match(new RegExp(`.{1,${pem_line}}`, 'g')) ?? [];
    return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export function toBase64(bytes: Uint8Array): string {
    let text = '';
    for (const octet of bytes) text += String.fromCharCode(octet);
    return btoa(text);
}

/** Names for which a certificate is asked: one a line, or apart by spaces and commas. */
export function readNames(text: string): string[] {
    return [...new Set(text.toLowerCase().split(/[\s,;]+/).map((one) => one.replace(/\.$/, '')).filter(Boolean))];
}

export function isHostName(name: string): boolean {
    return name.length <= 253 && /^(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name);
}

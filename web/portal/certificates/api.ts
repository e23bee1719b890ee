// The certificates of a node as doc/spec/certificates-api.md states them.

import { ask, tell } from '../../shared/http';
import type { AbsentVerdict, Certificate, ChainVerdict } from '../../shared/tls/facts';

export type KeyType = 'ecdsa' | 'rsa';

export interface Finding {
    verdict: ChainVerdict | AbsentVerdict;
    detail: string;
    fix: string;
    missing_issuer: string | null;
    missing_issuer_url: string | null;
    chain: Certificate[];
    faulty?: number | null;
}

export interface CertificateRequest {
    made_at: string;
    key: string;
    names: string[];
    pem: string;
}

/** `none`: nothing is installed, or what is cannot be read; `finding` says why. */
export type EntryState = 'none' | 'demo' | 'self_signed' | 'installed' | 'expired';

export interface Entry {
    name: string;
    kept_by: 'node' | 'files';
    /** The ACME authority that issues it; null when somebody installs it by hand. */
    acme: string | null;
    names: string[];
    used_by: string[];
    state: EntryState;
    installed_at: string | null;
    chain: Certificate[];
    finding: Finding | null;
    days_left: number | null;
    request: CertificateRequest | null;
    request_problem: string | null;
    renewal: { next: string | null; last_problem: string | null } | null;
}

export interface Subject {
    organization: string;
    unit: string;
    city: string;
    state: string;
    country: string;
}

export interface RequestOrder {
    subject: Partial<Subject>;
    names: string[];
    key_type: KeyType;
}

export interface Material {
    certificate?: string;
    intermediates?: string;
    key?: string;
    pkcs12?: string;
    password?: string;
    even_though_it_does_not_verify?: boolean;
}

const root = '/api/v1/certificates';

/** `csrf` gives the token of the administrator's session. */
export class CertificatesClient {
    constructor(private readonly csrf: () => string | null) {}

    async list(): Promise<Entry[]> {
        return (await ask<{ certificates: Entry[] }>(root)).certificates;
    }

    entry(name: string): Promise<Entry> {
        return ask(pathOf(name));
    }

    request(name: string, order: RequestOrder): Promise<Entry> {
        return ask(`${pathOf(name)}/request`, { method: 'POST', json: order, csrf: this.csrf() });
    }

    check(name: string, material: Material): Promise<Finding> {
        return ask(`${pathOf(name)}/check`, { method: 'POST', json: material, csrf: this.csrf() });
    }

    install(name: string, material: Material): Promise<Entry> {
        return ask(`${pathOf(name)}/install`, { method: 'POST', json: material, csrf: this.csrf() });
    }

    renew(name: string): Promise<void> {
        return tell(`${pathOf(name)}/renew`, { method: 'POST', csrf: this.csrf() });
    }
}

function pathOf(name: string): string {
    return `${root}/${encodeURIComponent(name)}`;
}

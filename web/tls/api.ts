// What whoever runs a domain's mail may ask without an account: doc/spec/domain-tests-api.md.

import { ask, tell } from '../shared/http';
import { asProblem } from '../shared/problem';
import type { Domain, FailureChoice, LiveTest, Proof, SentCode } from '../shared/tls/facts';

/** Why mail of this service to a domain comes as an envelope. */
export const envelope_reasons = ['not_known', 'not_proven', 'not_tested', 'not_ready', 'switched_off'] as const;
export type EnvelopeReason = (typeof envelope_reasons)[number];

export interface PublicDomain {
    domain: string;
    tls_replies: boolean;
    /** Null when it does not. */
    reason: EnvelopeReason | null;
}

interface Managed {
    domain: Domain;
    csrf: string;
}

const root = '/api/v1/tls';

export class TlsClient {
    private csrf: string | null = null;

    domain(domain: string): Promise<PublicDomain> {
        return ask(domainPath(domain));
    }

    startTest(domain: string): Promise<LiveTest> {
        return ask(`${root}/tests`, { method: 'POST', json: { domain } });
    }

    lookAtTest(id: string): Promise<LiveTest> {
        return ask(`${root}/tests/${encodeURIComponent(id)}`);
    }

    async claim(domain: string): Promise<Proof> {
        return (await ask<{ proof: Proof }>(`${domainPath(domain)}/claim`, { method: 'POST' })).proof;
    }

    sendCode(domain: string): Promise<SentCode> {
        return ask(`${domainPath(domain)}/code`, { method: 'POST' });
    }

    async prove(domain: string, by: { code: string } | { by: 'txt' }): Promise<Domain> {
        return this.remember(await ask<Managed>(`${domainPath(domain)}/prove`, { method: 'POST', json: by }));
    }

    /** The domain that this browser has proven within the hour, if any. */
    async own(): Promise<Domain | null> {
        try {
            return this.remember(await ask<Managed>(`${root}/own`));
        } catch (error) {
            if (asProblem(error).status === 401) return null;
            throw error;
        }
    }

    startOwnTest(): Promise<LiveTest> {
        return ask(`${root}/own/tests`, { method: 'POST', csrf: this.csrf });
    }

    change(tls_replies: boolean, on_failure: FailureChoice): Promise<Domain> {
        return ask(`${root}/own`, { method: 'PUT', json: { tls_replies, on_failure }, csrf: this.csrf });
    }

    async leave(): Promise<void> {
        await tell(`${root}/own`, { method: 'DELETE', csrf: this.csrf });
        this.csrf = null;
    }

    private remember(managed: Managed): Domain {
        this.csrf = managed.csrf;
        return managed.domain;
    }
}

function domainPath(domain: string): string {
    return `${root}/domains/${encodeURIComponent(domain)}`;
}

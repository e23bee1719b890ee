// What whoever runs a domain's mail may ask without an account: doc/spec/domain-tests-api.md.

import { asProblem } from '../shared/problem';
import { service, type Schemas } from '../shared/service';
import type { Domain, FailureChoice, LiveTest, Proof, SentCode } from '../shared/tls/facts';

/** Why mail of this service to a domain comes as an envelope. */
export const envelope_reasons = ['not_known', 'not_proven', 'not_tested', 'not_ready', 'switched_off'] as const satisfies readonly EnvelopeReason[];
export type EnvelopeReason = Schemas['EnvelopeReason'];

export type PublicDomain = Schemas['PublicDomain'];

const root = '/api/v1/tls';

export class TlsClient {
    private csrf: string | null = null;

    domain(domain: string): Promise<PublicDomain> {
        return service.ask('GET', `${root}/domains/{domain}`, { path: { domain } });
    }

    startTest(domain: string): Promise<LiveTest> {
        return service.ask('POST', `${root}/tests`, { json: { domain } });
    }

    lookAtTest(id: string): Promise<LiveTest> {
        return service.ask('GET', `${root}/tests/{id}`, { path: { id } });
    }

    async claim(domain: string): Promise<Proof> {
        return (await service.ask('POST', `${root}/domains/{domain}/claim`, { path: { domain } })).proof;
    }

    sendCode(domain: string): Promise<SentCode> {
        return service.ask('POST', `${root}/domains/{domain}/code`, { path: { domain } });
    }

    async prove(domain: string, by: { code: string } | { by: 'txt' }): Promise<Domain> {
        return this.remember(await service.ask('POST', `${root}/domains/{domain}/prove`, { path: { domain }, json: by }));
    }

    /** The domain that this browser has proven within the hour, if any. */
    async own(): Promise<Domain | null> {
        try {
            return this.remember(await service.ask('GET', `${root}/own`));
        } catch (error) {
            if (asProblem(error).status === 401) return null;
            throw error;
        }
    }

    startOwnTest(): Promise<LiveTest> {
        return service.ask('POST', `${root}/own/tests`, { csrf: this.csrf });
    }

    change(tls_replies: boolean, on_failure: FailureChoice): Promise<Domain> {
        return service.ask('PUT', `${root}/own`, { json: { tls_replies, on_failure }, csrf: this.csrf });
    }

    async leave(): Promise<void> {
        await service.ask('DELETE', `${root}/own`, { csrf: this.csrf });
        this.csrf = null;
    }

    private remember(managed: Schemas['Own']): Domain {
        this.csrf = managed.csrf;
        return managed.domain;
    }
}

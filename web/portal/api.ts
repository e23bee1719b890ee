// What the portal asks of the service in an administrator's own session (doc/spec/key-api.md).

import type { Envelope, Keeper } from '../shared/envelopes/envelope';
import type { GivenCode } from '../shared/factors/code-form';
import { service, type Schemas } from '../shared/service';
import type { Domain, FailureChoice, LiveTest, PastTest, SentCode } from '../shared/tls/facts';

export type Administrator = Schemas['Administrator'];
/** Groups of the portal's pages that an administrator may see on this node. */
export type Area = NonNullable<Administrator['areas']>[number];

/** Who may begin a message to the account's domains. */
export type ComposeFrom = Schemas['ComposeFrom'];
export type ComposeSetting = Schemas['ComposeSetting'];

export type Delivery = Schemas['DeliveryRow'];
export type DeliveryState = Delivery['state'];
/** What proves the mail host: doc/spec/delivery-tls.md. */
export type TlsProof = NonNullable<Schemas['TlsFacts']['proof']>;

export type Sending = Schemas['Sending'];
export type Stopped = Schemas['Stopped'];
export type SentAs = Schemas['SentAs'];
export type SentAsReason = Schemas['SentAsReason'];

export type SpfAdvice = Schemas['SpfAdvice'];
export type SpfNode = Schemas['SpfNode'];
export type SpfOutcome = SpfNode['outcome'];
export type SpfProblem = Schemas['SpfProblem'];
export type SpfReport = Schemas['SpfCheck'];
export type SpfResult = Schemas['SpfResult'];
export type SpfStep = Schemas['SpfStep'];

const envelope_path = '/api/v1/admin/envelopes/{id}';
const domain_path = '/api/v1/admin/domains/{domain}';

export class AdminClient implements Keeper {
    readonly side = 'account';
    private csrf: string | null = null;

    /** For other clients of the same session. */
    token(): string | null {
        return this.csrf;
    }

    async whoAmI(): Promise<Administrator> {
        return this.remember(await service.ask('GET', '/api/v1/admin/session'));
    }

    /** `needs-second-factor` without a code, where there is one: then once more with it. */
    async signIn(name: string, password: string, code?: GivenCode): Promise<Administrator> {
        const json = { name, password, ...code };
        return this.remember(await service.ask('POST', '/api/v1/admin/session', { json }));
    }

    async signOut(): Promise<void> {
        await service.ask('DELETE', '/api/v1/admin/session', { csrf: this.csrf });
        this.csrf = null;
    }

    async domains(): Promise<Domain[]> {
        return (await service.ask('GET', '/api/v1/admin/domains')).domains;
    }

    addDomain(domain: string): Promise<Domain> {
        return service.ask('POST', '/api/v1/admin/domains', { json: { domain }, csrf: this.csrf });
    }

    removeDomain(domain: string): Promise<void> {
        return service.ask('DELETE', domain_path, { path: { domain }, csrf: this.csrf });
    }

    verifyDomain(domain: string): Promise<Domain> {
        return service.ask('POST', `${domain_path}/verify`, { path: { domain }, csrf: this.csrf });
    }

    domain(domain: string): Promise<Domain> {
        return service.ask('GET', domain_path, { path: { domain } });
    }

    sendDomainCode(domain: string): Promise<SentCode> {
        return service.ask('POST', `${domain_path}/code`, { path: { domain }, csrf: this.csrf });
    }

    verifyDomainByCode(domain: string, code: string): Promise<Domain> {
        return service.ask('POST', `${domain_path}/verify`, { path: { domain }, json: { code }, csrf: this.csrf });
    }

    startTest(domain: string): Promise<LiveTest> {
        return service.ask('POST', `${domain_path}/tests`, { path: { domain }, csrf: this.csrf });
    }

    lookAtTest(domain: string, id: string): Promise<LiveTest> {
        return service.ask('GET', `${domain_path}/tests/{id}`, { path: { domain, id } });
    }

    async pastTests(domain: string): Promise<PastTest[]> {
        return (await service.ask('GET', `${domain_path}/tests`, { path: { domain } })).tests;
    }

    changeDomain(domain: string, tls_replies: boolean, on_failure: FailureChoice): Promise<Domain> {
        return service.ask('PUT', domain_path, { path: { domain }, json: { tls_replies, on_failure }, csrf: this.csrf });
    }

    sending(domain: string): Promise<Sending> {
        return service.ask('GET', `${domain_path}/sending`, { path: { domain } });
    }

    /** Notifications, codes and receipts to a proven domain that wait after an attempt. */
    stopped(domain: string): Promise<Stopped> {
        return service.ask('GET', `${domain_path}/stopped`, { path: { domain } });
    }

    composeSetting(): Promise<ComposeSetting> {
        return service.ask('GET', '/api/v1/admin/compose');
    }

    changeComposeSetting(from: ComposeFrom): Promise<ComposeSetting> {
        return service.ask('PUT', '/api/v1/admin/compose', { json: { from }, csrf: this.csrf });
    }

    envelopes(query: string, page: number): Promise<{ envelopes: Envelope[]; next_page: number | null }> {
        return service.ask('GET', '/api/v1/admin/envelopes', { query: { query, page } });
    }

    lockEnvelope(id: string, reason: string): Promise<void> {
        return service.ask('POST', `${envelope_path}/lock`, { path: { id }, json: { reason }, csrf: this.csrf });
    }

    unlockEnvelope(id: string): Promise<void> {
        return service.ask('POST', `${envelope_path}/unlock`, { path: { id }, csrf: this.csrf });
    }

    changeEnvelopeExpiry(id: string, expires_at: string): Promise<void> {
        return service.ask('POST', `${envelope_path}/expiry`, { path: { id }, json: { expires_at }, csrf: this.csrf });
    }

    recallEnvelope(id: string): Promise<void> {
        return service.ask('POST', `${envelope_path}/recall`, { path: { id }, csrf: this.csrf });
    }

    deliveries(page: number): Promise<{ deliveries: Delivery[]; next_page: number | null }> {
        return service.ask('GET', '/api/v1/admin/deliveries', { query: { page } });
    }

    releaseDelivery(id: string): Promise<void> {
        return service.ask('POST', '/api/v1/admin/deliveries/{id}/release', { path: { id }, csrf: this.csrf });
    }

    spfChoices(): Promise<{ domains: string[]; include: string }> {
        return service.ask('GET', '/api/v1/admin/spf');
    }

    adviseSpf(domain: string, include: string): Promise<SpfAdvice> {
        return service.ask('POST', '/api/v1/admin/spf/advise', { json: { domain, include }, csrf: this.csrf });
    }

    checkSpf(address: string, sender: string, helo: string): Promise<SpfReport> {
        return service.ask('POST', '/api/v1/admin/spf/check', { json: { address, sender, helo }, csrf: this.csrf });
    }

    /** Whoever has the session now, with the token for changes. */
    remember(who: Administrator): Administrator {
        this.csrf = who.csrf ?? null;
        return who;
    }
}

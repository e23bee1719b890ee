// The service's HTTP API as doc/spec/key-api.md states it, typed, for the reader and the portal.

import { ask, request, tell, type Call, type Transfer } from './http';
import { createPasskey, rememberPasskeys, usePasskey, type CreationOptions, type RequestOptions } from './passkeys';
import type { Problem } from './problem';
import type { Domain, FailureChoice, LiveTest, PastTest, SentCode } from './tls/facts';

export type Assurance = 'low' | 'mailbox' | 'account' | 'strong';
export type EnvelopeState = 'open' | 'locked' | 'expired' | 'erased';
export type Way = 'tls' | 'envelope';
export type ReplyMode = 'reply' | 'reply_all' | 'forward';

export interface SenderFacts {
    address: string;
    name: string;
}

export interface EnvelopeCard {
    id: string;
    organisation: string;
    sender: SenderFacts;
    sent_at: string;
    expires_at: string;
    assurance: Assurance;
    state: EnvelopeState;
    source: 'ticket' | 'hosted' | 'none';
    damaged: boolean;
    healed: boolean;
    size: number;
}

/** What somebody has beside a password: doc/spec/strong-sign-in.md. */
export interface FactorCount {
    passkeys: number;
    totp: boolean;
    recovery_codes: number;
}

export interface Person {
    addresses: string[];
    language: string;
    has_password: boolean;
    factors: FactorCount;
}

export interface Passkey {
    id: number;
    name: string;
    added_at: string;
    last_used_at: string | null;
}

export interface Factors {
    passkeys: Passkey[];
    totp: { added_at: string; last_used_at: string | null } | null;
    recovery_codes: number;
}

export interface Session {
    person: Person | null;
    csrf?: string;
    assurance?: Assurance;
    /** After so long without a call the session ends, and after `seconds_left` in any case. */
    idle_seconds?: number;
    seconds_left?: number;
}

export interface CodeChallenge {
    challenge: string;
    reference: string;
    expires_at: string;
}

export interface Rights {
    reply: boolean;
    reply_all: boolean;
    forward: boolean;
}

export interface Release {
    identity: string;
    recipient: string;
    subject: string;
    rights: Rights;
    /** With the right to: who gets a reply to all. */
    reply_all_to?: string[];
    receipt: boolean;
}

export interface ReplyOrder {
    mode: ReplyMode;
    to: string[];
    subject: string;
    text: string;
}

export interface ReplyDelivery {
    address: string;
    way: Way;
    domain: string;
}

/** Whose address a reply carries as its sender, and why. */
export type SentAs = 'person' | 'service';
export type SentAsReason =
    | 'authorised' | 'no_send_addresses' | 'no_domain' | 'spf_missing' | 'spf_not_pass' | 'spf_broken' | 'spf_unknown'
    | 'dmarc_not_pass' | 'dmarc_unknown';

export interface SendingIdentity {
    sent_as: SentAs;
    reason: SentAsReason;
    domain: string;
    spf: { address: string; result: string; mechanism: string; problem: string }[];
    dmarc: { result: string; domain: string; policy: string; record: string; problem: string };
    dkim: string;
}

/** Of a domain's people; `include` is what their domain would have to name. */
export interface Sending extends SendingIdentity {
    include: string;
}

export interface SentReply {
    message_id: string;
    sent_as: SentAs;
    sent_as_reason: SentAsReason;
    deliveries: ReplyDelivery[];
}

/** The largest file that `ingest` takes: src/serve/reader/ingest.cpp. */
export const max_upload_bytes = 120 * 1024 * 1024;

/** What the reader asks. Keeps the CSRF token of the session it last saw. */
export class ServiceClient {
    private csrf: string | null = null;
    private person: Person | null = null;

    /** `heard`: what the service answers about the session. */
    constructor(private readonly heard: (session: Session) => void = () => {}) {}

    async ingest(file: Blob, name: string, sending?: Transfer): Promise<{ ticket: string; open_path: string }> {
        const form = new FormData();
        form.append('envelope', file, name);
        return ask('/ingest', { method: 'POST', form, sending });
    }

    card(ref: string): Promise<EnvelopeCard> {
        return ask(pathOf(ref));
    }

    async content(ref: string): Promise<ReadableStream<Uint8Array>> {
        const response = await request(`${pathOf(ref)}/content`);
        if (!response.body) throw new Error('a response without a body');
        return response.body;
    }

    async session(): Promise<Session> {
        return this.remember(await ask<Session>('/api/v1/session'));
    }

    requestCode(address: string, ref: string, language: string): Promise<CodeChallenge> {
        return ask('/api/v1/codes', { method: 'POST', json: { address, ref, language }, csrf: this.csrf });
    }

    /** `language`: of somebody who is new here. */
    async signInWithCode(challenge: string, code: string, add: boolean, language: string | null): Promise<Session> {
        const json = { challenge, code, ...(add && { add }), ...(language && { language }) };
        return this.remember(await ask<Session>('/api/v1/session', { method: 'POST', json, csrf: this.csrf }));
    }

    async signInWithPassword(address: string, password: string): Promise<Session> {
        const json = { address, password };
        return this.remember(await ask<Session>('/api/v1/session', { method: 'POST', json, csrf: this.csrf }));
    }

    /** After the password: the session becomes strong. */
    async stepUp(proof: { totp: string } | { recovery_code: string }): Promise<Session> {
        return this.remember(await ask<Session>('/api/v1/session', { method: 'POST', json: proof, csrf: this.csrf }));
    }

    async signInWithPasskey(): Promise<Session> {
        const options = await ask<RequestOptions>('/api/v1/session/passkey', { method: 'POST', csrf: this.csrf });
        const passkey = await usePasskey(options);
        const session = this.remember(await ask<Session>('/api/v1/session', { method: 'POST', json: { passkey }, csrf: this.csrf }));
        rememberPasskeys();
        return session;
    }

    factors(): Promise<Factors> {
        return ask('/api/v1/me/factors');
    }

    async addPasskey(name: string): Promise<Session> {
        const options = await ask<CreationOptions>('/api/v1/me/passkeys/options', { method: 'POST', csrf: this.csrf });
        const credential = await createPasskey(options);
        const session = this.remember(await ask<Session>('/api/v1/me/passkeys', { method: 'POST', json: { name, credential }, csrf: this.csrf }));
        rememberPasskeys();
        return session;
    }

    renamePasskey(id: number, name: string): Promise<void> {
        return tell(`/api/v1/me/passkeys/${id}`, { method: 'PUT', json: { name }, csrf: this.csrf });
    }

    removePasskey(id: number): Promise<void> {
        return tell(`/api/v1/me/passkeys/${id}`, { method: 'DELETE', csrf: this.csrf });
    }

    beginTotp(): Promise<{ secret: string; uri: string }> {
        return ask('/api/v1/me/totp', { method: 'POST', csrf: this.csrf });
    }

    async confirmTotp(code: string): Promise<Session> {
        return this.remember(await ask<Session>('/api/v1/me/totp', { method: 'PUT', json: { code }, csrf: this.csrf }));
    }

    removeTotp(): Promise<void> {
        return tell('/api/v1/me/totp', { method: 'DELETE', csrf: this.csrf });
    }

    async makeRecoveryCodes(): Promise<string[]> {
        return (await ask<{ codes: string[] }>('/api/v1/me/recovery-codes', { method: 'POST', csrf: this.csrf })).codes;
    }

    async signOut(): Promise<void> {
        await tell('/api/v1/session', { method: 'DELETE', csrf: this.csrf });
        this.remember({ person: null });
    }

    /** For `renewWith`: the same person may have signed in anew in another tab, where nobody was signed in here, anybody. */
    async renew(problem: Problem, call: Call): Promise<{ csrf: string | null } | null> {
        if (problem.kind !== 'not-allowed' || call.csrf === undefined) return null;
        const now = await ask<Session>('/api/v1/session');
        const before = this.person;
        if (before && !now.person?.addresses.some((address) => before.addresses.includes(address))) return null;
        this.remember(now);
        return this.csrf === call.csrf ? null : { csrf: this.csrf };
    }

    choosePassword(password: string): Promise<void> {
        return tell('/api/v1/me/password', { method: 'PUT', json: { password }, csrf: this.csrf });
    }

    chooseLanguage(language: string): Promise<void> {
        return tell('/api/v1/me/language', { method: 'PUT', json: { language }, csrf: this.csrf });
    }

    release(ref: string): Promise<Release> {
        return ask(`${pathOf(ref)}/release`, { method: 'POST', csrf: this.csrf });
    }

    reportDisplayed(ref: string): Promise<void> {
        return tell(`${pathOf(ref)}/displayed`, { method: 'POST', csrf: this.csrf });
    }

    /** However often it is sent with the same key, it leaves once. */
    reply(ref: string, key: string, order: ReplyOrder, attachments: readonly File[], sending?: Transfer): Promise<SentReply> {
        const form = new FormData();
        form.append('reply', JSON.stringify(order));
        for (const file of attachments) form.append('attachment', file, file.name);
        return ask(`${pathOf(ref)}/replies`, { method: 'POST', form, key, csrf: this.csrf, sending });
    }

    private remember(session: Session): Session {
        this.csrf = session.csrf ?? null;
        this.person = session.person;
        this.heard(session);
        return session;
    }
}

function pathOf(ref: string): string {
    return `/api/v1/open/${encodeURIComponent(ref)}`;
}

/** What proves the mail host: doc/spec/delivery-tls.md. Absent in what was recorded before there were several. */
export type TlsProof = 'none' | 'pkix' | 'mta-sts' | 'dane-ee' | 'dane-ta';

export interface TlsFacts {
    version: string;
    cipher: string;
    verified: boolean;
    proof?: TlsProof;
    fingerprint: string;
}

export type DeliveryState = 'delivered' | 'queued' | 'held' | 'bounced';

export interface Delivery {
    id: string;
    time: string;
    from: string;
    to: string;
    way: Way;
    state: DeliveryState;
    host: string;
    tls: TlsFacts | null;
    detail: string;
    sent_as: SentAs;
    identity: SendingIdentity | null;
}

export interface EnvelopeRow {
    id: string;
    sender: SenderFacts;
    sent_at: string;
    expires_at: string;
    state: EnvelopeState;
    recipients: { address: string; released_at: string | null; assurance: Assurance | null; displayed_at: string | null }[];
}

export type SpfOutcome = 'plain' | 'found' | 'void' | 'without_record' | 'broken' | 'temporary' | 'loop' | 'depends' | 'unread';
export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror';

/** A term of an SPF record with what it leads to; `lookups` counts everything inside. */
export interface SpfNode {
    term: string;
    name: string | null;
    outcome: SpfOutcome;
    lookups: number;
    record: string | null;
    addresses: string[];
    inside: SpfNode[];
}

export interface SpfProblem {
    kind: string;
    severity: 'error' | 'warning' | 'note';
    where: string | null;
    column: number | null;
    mended: string | null;
    text: string;
    fix: string | null;
}

export interface SpfChange {
    address: string;
    why: string | null;
    before: SpfResult;
    after: SpfResult;
    by_include: boolean;
}

export interface SpfCount {
    before: number;
    after: number | null;
    limit: number;
}

export interface SpfAdvice {
    domain: string;
    include: string;
    conclusion: 'publish' | 'unchanged' | 'none' | 'could_not_tell';
    record: string | null;
    records: string[];
    publish: string | null;
    strings: string[];
    zone_line: string | null;
    lookups: SpfCount;
    void_lookups: SpfCount;
    problems: SpfProblem[];
    tree: SpfNode;
    tree_after: SpfNode | null;
    proof: { probes: number; include_probes: number; changed_count: number; changed_by_include: number; at_void_limit: number; was_cut: boolean; changed: SpfChange[]; worse: SpfChange[] };
}

export interface SpfStep {
    depth: number;
    domain: string;
    term: string;
    asked: string | null;
    outcome: string;
    detail: string | null;
    lookups: number;
}

export interface SpfReport {
    result: SpfResult;
    identity: 'mailfrom' | 'helo';
    domain: string;
    mechanism: string | null;
    explanation: string | null;
    problem: string | null;
    lookups: number;
    void_lookups: number;
    trace?: SpfStep[];
}

/** Groups of the portal's pages that an administrator may see on this node. */
export type Area = 'account' | 'mail_policies' | 'node';

export interface Administrator {
    name: string | null;
    account?: string;
    areas?: Area[];
    csrf?: string;
}

/** What the portal asks, in the administrator's own session. */
export class AdminClient {
    private csrf: string | null = null;

    /** For other clients of the same session. */
    token(): string | null {
        return this.csrf;
    }

    async whoAmI(): Promise<Administrator> {
        return this.remember(await ask<Administrator>('/api/v1/admin/session'));
    }

    async signIn(name: string, password: string): Promise<Administrator> {
        const json = { name, password };
        return this.remember(await ask<Administrator>('/api/v1/admin/session', { method: 'POST', json }));
    }

    async signOut(): Promise<void> {
        await tell('/api/v1/admin/session', { method: 'DELETE', csrf: this.csrf });
        this.csrf = null;
    }

    async domains(): Promise<Domain[]> {
        return (await ask<{ domains: Domain[] }>('/api/v1/admin/domains')).domains;
    }

    addDomain(domain: string): Promise<Domain> {
        return ask('/api/v1/admin/domains', { method: 'POST', json: { domain }, csrf: this.csrf });
    }

    removeDomain(domain: string): Promise<void> {
        return tell(domainPath(domain), { method: 'DELETE', csrf: this.csrf });
    }

    verifyDomain(domain: string): Promise<Domain> {
        return ask(`${domainPath(domain)}/verify`, { method: 'POST', csrf: this.csrf });
    }

    domain(domain: string): Promise<Domain> {
        return ask(domainPath(domain));
    }

    sendDomainCode(domain: string): Promise<SentCode> {
        return ask(`${domainPath(domain)}/code`, { method: 'POST', csrf: this.csrf });
    }

    verifyDomainByCode(domain: string, code: string): Promise<Domain> {
        return ask(`${domainPath(domain)}/verify`, { method: 'POST', json: { code }, csrf: this.csrf });
    }

    startTest(domain: string): Promise<LiveTest> {
        return ask(`${domainPath(domain)}/tests`, { method: 'POST', csrf: this.csrf });
    }

    lookAtTest(domain: string, id: string): Promise<LiveTest> {
        return ask(`${domainPath(domain)}/tests/${encodeURIComponent(id)}`);
    }

    async pastTests(domain: string): Promise<PastTest[]> {
        return (await ask<{ tests: PastTest[] }>(`${domainPath(domain)}/tests`)).tests;
    }

    changeDomain(domain: string, tls_replies: boolean, on_failure: FailureChoice): Promise<Domain> {
        return ask(domainPath(domain), { method: 'PUT', json: { tls_replies, on_failure }, csrf: this.csrf });
    }

    sending(domain: string): Promise<Sending> {
        return ask(`${domainPath(domain)}/sending`);
    }

    envelopes(query: string, page: number): Promise<{ envelopes: EnvelopeRow[]; next_page: number | null }> {
        const search = new URLSearchParams({ query, page: String(page) });
        return ask(`/api/v1/admin/envelopes?${search}`);
    }

    deliveries(page: number): Promise<{ deliveries: Delivery[]; next_page: number | null }> {
        return ask(`/api/v1/admin/deliveries?page=${page}`);
    }

    releaseDelivery(id: string): Promise<void> {
        return tell(`/api/v1/admin/deliveries/${encodeURIComponent(id)}/release`, { method: 'POST', csrf: this.csrf });
    }

    spfChoices(): Promise<{ domains: string[]; include: string }> {
        return ask('/api/v1/admin/spf');
    }

    adviseSpf(domain: string, include: string): Promise<SpfAdvice> {
        return ask('/api/v1/admin/spf/advise', { method: 'POST', json: { domain, include }, csrf: this.csrf });
    }

    checkSpf(address: string, sender: string, helo: string): Promise<SpfReport> {
        return ask('/api/v1/admin/spf/check', { method: 'POST', json: { address, sender, helo }, csrf: this.csrf });
    }

    private remember(who: Administrator): Administrator {
        this.csrf = who.csrf ?? null;
        return who;
    }

    /** `reason`: what its recipients are told. */
    lockEnvelope(id: string, reason: string): Promise<void> {
        return tell(`${envelopePath(id)}/lock`, { method: 'POST', json: { reason }, csrf: this.csrf });
    }

    unlockEnvelope(id: string): Promise<void> {
        return tell(`${envelopePath(id)}/unlock`, { method: 'POST', csrf: this.csrf });
    }

    /** `expires_at`: RFC 3339, in UTC. */
    changeEnvelopeExpiry(id: string, expires_at: string): Promise<void> {
        return tell(`${envelopePath(id)}/expiry`, { method: 'POST', json: { expires_at }, csrf: this.csrf });
    }

    /** Destroys its key, for ever. */
    recallEnvelope(id: string): Promise<void> {
        return tell(`${envelopePath(id)}/recall`, { method: 'POST', csrf: this.csrf });
    }
}

function envelopePath(id: string): string {
    return `/api/v1/admin/envelopes/${encodeURIComponent(id)}`;
}

function domainPath(domain: string): string {
    return `/api/v1/admin/domains/${encodeURIComponent(domain)}`;
}

// What the reader asks of the service (doc/spec/key-api.md).

import type { Envelope, Keeper } from '../shared/envelopes/envelope';
import { ask, type Call, type Transfer } from '../shared/http';
import type { Language } from '../shared/language';
import { createPasskey, rememberPasskeys, usePasskey } from '../shared/passkeys';
import type { Problem } from '../shared/problem';
import { service, type Schemas } from '../shared/service';

export type Assurance = Schemas['Assurance'];
export type CodeChallenge = Schemas['Challenge'];
/** Whom a person may write to. */
export type ComposeChoices = Schemas['Compose'];
export type EnvelopeCard = Schemas['EnvelopeCard'];
export type FactorCount = Schemas['FactorCount'];
export type Factors = Schemas['Factors'];
export type MessageOrder = Required<Schemas['MessageOrder']>;
export type Passkey = Schemas['Passkey'];
export type Person = Schemas['Person'];
export type Release = Schemas['Release'];
export type ReplyOrder = Required<Schemas['ReplyOrder']>;
export type ReplyMode = ReplyOrder['mode'];
export type SenderFacts = Schemas['Mailbox'];
export type SentReply = Schemas['ReplyAccepted'];
export type Session = Schemas['Session'];

/** The largest file that `ingest` takes: src/serve/reader/ingest.cpp. */
export const max_upload_bytes = 120 * 1024 * 1024;

const envelope_path = '/api/v1/open/{ref}';
const sent_path = '/api/v1/sent/{id}';

/** The order in front: by it the service decides before the files have come. */
function makeForm(name: string, order: object, attachments: readonly File[]): FormData {
    const form = new FormData();
    form.append(name, JSON.stringify(order));
    for (const file of attachments) form.append('attachment', file, file.name);
    return form;
}

/** What the reader asks. Keeps the CSRF token of the session it last saw. */
export class ServiceClient implements Keeper {
    readonly side = 'sender';
    private csrf: string | null = null;
    private person: Person | null = null;

    /** `heard`: what the service answers about the session. */
    constructor(private readonly heard: (session: Session) => void = () => {}) {}

    /** The form that attachments post, too; no OpenAPI document has it. */
    async ingest(file: Blob, name: string, sending?: Transfer): Promise<{ ticket: string; open_path: string }> {
        const form = new FormData();
        form.append('envelope', file, name);
        return ask('/ingest', { method: 'POST', form, sending });
    }

    card(ref: string): Promise<EnvelopeCard> {
        return service.ask('GET', envelope_path, { path: { ref } });
    }

    async content(ref: string): Promise<ReadableStream<Uint8Array>> {
        const response = await service.request('GET', `${envelope_path}/content`, { path: { ref } });
        if (!response.body) throw new Error('a response without a body');
        return response.body;
    }

    async session(): Promise<Session> {
        return this.remember(await service.ask('GET', '/api/v1/session'));
    }

    /** `ref`: of the envelope; null to begin a message. */
    requestCode(address: string, ref: string | null, language: Language): Promise<CodeChallenge> {
        const json = { address, language, ...(ref === null ? { compose: true } : { ref }) };
        return service.ask('POST', '/api/v1/codes', { json, csrf: this.csrf });
    }

    /** `language`: of somebody who is new here. */
    async signInWithCode(challenge: string, code: string, add: boolean, language: Language | null): Promise<Session> {
        const json = { challenge, code, ...(add && { add }), ...(language && { language }) };
        return this.remember(await service.ask('POST', '/api/v1/session', { json, csrf: this.csrf }));
    }

    async signInWithPassword(address: string, password: string): Promise<Session> {
        const json = { address, password };
        return this.remember(await service.ask('POST', '/api/v1/session', { json, csrf: this.csrf }));
    }

    /** After the password: the session becomes strong. */
    async stepUp(proof: { totp: string } | { recovery_code: string }): Promise<Session> {
        return this.remember(await service.ask('POST', '/api/v1/session', { json: proof, csrf: this.csrf }));
    }

    async signInWithPasskey(): Promise<Session> {
        const options = await service.ask('POST', '/api/v1/session/passkey', { csrf: this.csrf });
        const passkey = await usePasskey(options);
        const session = this.remember(await service.ask('POST', '/api/v1/session', { json: { passkey }, csrf: this.csrf }));
        rememberPasskeys();
        return session;
    }

    factors(): Promise<Factors> {
        return service.ask('GET', '/api/v1/me/factors');
    }

    async addPasskey(name: string): Promise<Session> {
        const options = await service.ask('POST', '/api/v1/me/passkeys/options', { csrf: this.csrf });
        const credential = await createPasskey(options);
        const session = this.remember(await service.ask('POST', '/api/v1/me/passkeys', { json: { name, credential }, csrf: this.csrf }));
        rememberPasskeys();
        return session;
    }

    renamePasskey(id: number, name: string): Promise<void> {
        return service.ask('PUT', '/api/v1/me/passkeys/{id}', { path: { id }, json: { name }, csrf: this.csrf });
    }

    removePasskey(id: number): Promise<void> {
        return service.ask('DELETE', '/api/v1/me/passkeys/{id}', { path: { id }, csrf: this.csrf });
    }

    beginTotp(): Promise<{ secret: string; uri: string }> {
        return service.ask('POST', '/api/v1/me/totp', { csrf: this.csrf });
    }

    async confirmTotp(code: string): Promise<Session> {
        return this.remember(await service.ask('PUT', '/api/v1/me/totp', { json: { code }, csrf: this.csrf }));
    }

    removeTotp(): Promise<void> {
        return service.ask('DELETE', '/api/v1/me/totp', { csrf: this.csrf });
    }

    async makeRecoveryCodes(): Promise<string[]> {
        return (await service.ask('POST', '/api/v1/me/recovery-codes', { csrf: this.csrf })).codes;
    }

    async signOut(): Promise<void> {
        await service.ask('DELETE', '/api/v1/session', { csrf: this.csrf });
        this.remember({ person: null });
    }

    /** For `renewWith`: the same person may have signed in anew in another tab, where nobody was signed in here, anybody. */
    async renew(problem: Problem, call: Call): Promise<{ csrf: string | null } | null> {
        if (problem.kind !== 'not-allowed' || call.csrf === undefined) return null;
        const now = await service.ask('GET', '/api/v1/session');
        const before = this.person;
        if (before && !now.person?.addresses.some((address) => before.addresses.includes(address))) return null;
        this.remember(now);
        return this.csrf === call.csrf ? null : { csrf: this.csrf };
    }

    removeAddress(address: string): Promise<void> {
        return service.ask('DELETE', '/api/v1/me/addresses/{address}', { path: { address }, csrf: this.csrf });
    }

    choosePassword(password: string): Promise<void> {
        return service.ask('PUT', '/api/v1/me/password', { json: { password }, csrf: this.csrf });
    }

    chooseLanguage(language: Language): Promise<void> {
        return service.ask('PUT', '/api/v1/me/language', { json: { language }, csrf: this.csrf });
    }

    release(ref: string): Promise<Release> {
        return service.ask('POST', `${envelope_path}/release`, { path: { ref }, csrf: this.csrf });
    }

    reportDisplayed(ref: string): Promise<void> {
        return service.ask('POST', `${envelope_path}/displayed`, { path: { ref }, csrf: this.csrf });
    }

    /** However often it is sent with the same key, it leaves once. */
    reply(ref: string, key: string, order: ReplyOrder, attachments: readonly File[], sending?: Transfer): Promise<SentReply> {
        const form = makeForm('reply', order, attachments);
        return service.ask('POST', `${envelope_path}/replies`, { path: { ref }, form, key, csrf: this.csrf, sending });
    }

    compose(): Promise<ComposeChoices> {
        return service.ask('GET', '/api/v1/compose');
    }

    /** As a reply: once. */
    beginMessage(key: string, order: MessageOrder, attachments: readonly File[], sending?: Transfer): Promise<SentReply> {
        const form = makeForm('message', order, attachments);
        return service.ask('POST', '/api/v1/messages', { form, key, csrf: this.csrf, sending });
    }

    /** What the person has sent. */
    envelopes(query: string, page: number): Promise<{ envelopes: Envelope[]; next_page: number | null }> {
        return service.ask('GET', '/api/v1/sent', { query: { query, page } });
    }

    lockEnvelope(id: string, reason: string): Promise<void> {
        return service.ask('POST', `${sent_path}/lock`, { path: { id }, json: { reason }, csrf: this.csrf });
    }

    unlockEnvelope(id: string): Promise<void> {
        return service.ask('POST', `${sent_path}/unlock`, { path: { id }, csrf: this.csrf });
    }

    changeEnvelopeExpiry(id: string, expires_at: string): Promise<void> {
        return service.ask('POST', `${sent_path}/expiry`, { path: { id }, json: { expires_at }, csrf: this.csrf });
    }

    recallEnvelope(id: string): Promise<void> {
        return service.ask('POST', `${sent_path}/recall`, { path: { id }, csrf: this.csrf });
    }

    private remember(session: Session): Session {
        this.csrf = session.csrf ?? null;
        this.person = session.person;
        this.heard(session);
        return session;
    }
}

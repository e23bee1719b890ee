// An envelope as those see it who look after it, what may be done with it, and the times of the form.

import type { Schemas } from '../service';

export type Envelope = Schemas['EnvelopeRow'];

/** What somebody who looks after envelopes asks of the service: an administrator for those of the account, a person for those that they sent. */
export interface Keeper {
    /** A sender neither prolongs an envelope nor lifts what its organisation locked. */
    readonly side: 'account' | 'sender';
    envelopes(query: string, page: number): Promise<{ envelopes: Envelope[]; next_page: number | null }>;
    /** `reason`: what its recipients are told. */
    lockEnvelope(id: string, reason: string): Promise<void>;
    unlockEnvelope(id: string): Promise<void>;
    /** `expires_at`: RFC 3339, in UTC. */
    changeEnvelopeExpiry(id: string, expires_at: string): Promise<void>;
    /** Destroys its key, for ever. */
    recallEnvelope(id: string): Promise<void>;
}

export type Action = 'lock' | 'unlock' | 'expiry' | 'recall';

/** What the organisation has locked stays so whatever its sender would like. */
export function isLockedForSender(row: Pick<Envelope, 'state' | 'locked_by'>, side: Keeper['side']): boolean {
    return side === 'sender' && row.state === 'locked' && row.locked_by === 'account';
}

/** Without its key there is nothing left to decide about, and nothing for a sender about what the organisation has locked. */
export function actionsOf(row: Pick<Envelope, 'state' | 'locked_by'>, side: Keeper['side']): readonly Action[] {
    if (row.state === 'open') return ['lock', 'expiry', 'recall'];
    if (row.state !== 'locked') return [];
    return isLockedForSender(row, side) ? [] : ['unlock', 'expiry', 'recall'];
}

/** Both RFC 3339. */
export function isLater(expires_at: string, than: string): boolean {
    return new Date(expires_at).getTime() > new Date(than).getTime();
}

/** As many octets as a reason may have: src/serve/keyserver/custody.cpp. */
export const max_reason_bytes = 500;

const two = (value: number) => String(value).padStart(2, '0');

/** For a field of type datetime-local, in the time of the page; empty for what is no time. */
export function localTimeOf(iso: string): string {
    const time = new Date(iso);
    if (Number.isNaN(time.getTime())) return '';
    return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** RFC 3339 in UTC, as the service takes it; null for what is no time to come: an expiry that is past destroys the key at once. */
export function utcTimeOf(local: string, now: number): string | null {
    const time = new Date(local);
    if (Number.isNaN(time.getTime()) || time.getTime() <= now) return null;
    return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

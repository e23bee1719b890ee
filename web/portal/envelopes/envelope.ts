// An envelope as its account's administrators see it, what may be done with it, and the times of the form.

import type { EnvelopeRow } from '../api';

export type Envelope = EnvelopeRow;

export type Action = 'lock' | 'unlock' | 'expiry' | 'recall';

/** Without its key there is nothing left to decide about. */
export function actionsOf({ state }: Pick<Envelope, 'state'>): readonly Action[] {
    if (state === 'open') return ['lock', 'expiry', 'recall'];
    return state === 'locked' ? ['unlock', 'expiry', 'recall'] : [];
}

/** As many octets as a reason may have: src/serve/keyserver/keyserver.cpp. */
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

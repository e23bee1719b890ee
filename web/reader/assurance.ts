// How sure the service is of who somebody is, and what a level takes: doc/spec/strong-sign-in.md.

import type { Assurance, Session } from './api';

export const levels: readonly Assurance[] = ['low', 'mailbox', 'account', 'strong'];

export function reaches(session: Session, assurance: Assurance): boolean {
    return levels.indexOf(session.assurance ?? 'low') >= levels.indexOf(assurance);
}

export function needsPassword(assurance: Assurance): boolean {
    return levels.indexOf(assurance) >= levels.indexOf('account');
}

/** A second factor; recovery codes only stand in for one. */
export function hasFactor({ person }: Session): boolean {
    return person !== null && (person.factors.passkeys > 0 || person.factors.totp);
}

/** May this session change how its person signs in? */
export function mayChange(session: Session): boolean {
    return reaches(session, hasFactor(session) ? 'strong' : 'account');
}

/** May it add an address, or take one off? Without a password there is nothing that a code by mail does not open already. */
export function mayChangeAddresses(session: Session): boolean {
    return session.person !== null && (!session.person.has_password || mayChange(session));
}

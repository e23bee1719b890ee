// A certificate chain as boxes, from the host to the authority in which trust starts: what was sent, what is known
// without being sent, and what is missing.

import type { Certificate, FoundChain } from './facts';

export interface ChainBox {
    role: 'leaf' | 'intermediate' | 'root';
    /** Null for an authority that nobody can name while a link in front of it is missing. */
    name: string | null;
    /** Null when the host did not send it. */
    certificate: Certificate | null;
    is_faulty: boolean;
    is_missing: boolean;
    /** The chain hangs on this one. */
    is_anchor: boolean;
    /** Where the missing one can be had, if its child says so. */
    url: string | null;
}

export function boxesOf(found: FoundChain): ChainBox[] {
    const { chain } = found;
    const last = chain.at(-1);
    if (!last) return [];
    const boxes = chain.map((certificate, index): ChainBox => ({
        role: index === 0 ? 'leaf' : isOwnIssuer(certificate) ? 'root' : 'intermediate', name: commonName(certificate.subject),
        certificate, is_faulty: found.faulty === index, is_missing: false, is_anchor: false, url: null,
    }));
    if (!isOwnIssuer(last)) boxes.push(...boxesBehind(last, found, found.faulty === chain.length));
    const top = boxes.at(-1);
    if (top && trusts(found)) top.is_anchor = true;
    return boxes;
}

// What the host did not send: normally the authority alone, which whoever verifies knows; with a gap the intermediate
// that should have come, too, and behind it an authority of which nothing is known yet.
function boxesBehind(last: Certificate, found: FoundChain, is_faulty: boolean): ChainBox[] {
    const issuer = commonName(found.missing_issuer || last.issuer);
    const absent = { certificate: null, is_faulty, is_missing: false, is_anchor: false, url: null };
    if (found.verdict !== 'missing_intermediate') return [{ ...absent, role: 'root', name: issuer }];
    return [
        { ...absent, role: 'intermediate', name: issuer, is_missing: true, url: safeUrl(found.missing_issuer_url) },
        { ...absent, role: 'root', name: null, is_faulty: false },
    ];
}

/** Whether the chain ends in an authority that is trusted, whatever else is wrong with it. */
function trusts(found: FoundChain): boolean {
    return !['missing_intermediate', 'self_signed', 'untrusted_root', 'invalid'].includes(found.verdict);
}

export function isOwnIssuer(certificate: Certificate): boolean {
    return certificate.self_signed ?? certificate.subject === certificate.issuer;
}

/** The CN of a distinguished name such as "CN=mx1.acme.test, O=Acme", or the whole of it. */
export function commonName(subject: string): string {
    const match = /(?:^|[,/+]\s*)CN\s*=\s*((?:\\.|[^,/+\\])+)/i.exec(subject);
    return match?.[1]?.trim() || subject;
}

/** An address out of a stranger's certificate: only what a browser may well follow. */
export function safeUrl(text: string | null | undefined): string | null {
    return text && /^https?:\/\/[^\s"<>]{1,1000}$/i.test(text) ? text : null;
}

/** The first link that ends: with it the chain ends. */
export function firstEnd(chain: readonly Certificate[]): Certificate | null {
    return chain.reduce<Certificate | null>((first, one) => (first === null || new Date(one.not_after) < new Date(first.not_after) ? one : first), null);
}

export interface Lifetime {
    /** How much of the time is over, from 0 to 1; null when it has none. */
    part: number | null;
    days_left: number;
    look: 'good' | 'warn' | 'bad';
}

export function lifetimeOf(certificate: Certificate, now: Date): Lifetime {
    const [begin, end] = [new Date(certificate.not_before).getTime(), new Date(certificate.not_after).getTime()];
    const days_left = Math.floor((end - now.getTime()) / 86_400_000);
    const part = Number.isFinite(begin) && end > begin ? Math.min(1, Math.max(0, (now.getTime() - begin) / (end - begin))) : null;
    return { part, days_left, look: lookOf(days_left) };
}

/** A month is enough to renew at leisure, a week is not. */
export function lookOf(days_left: number): Lifetime['look'] {
    return days_left < 7 ? 'bad' : days_left < 30 ? 'warn' : 'good';
}

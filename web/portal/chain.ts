// A certificate chain as boxes from the host to its authority, with the faulty link marked.

import type { HostTest, HostVerdict } from '../shared/api';

export interface ChainBox {
    role: 'leaf' | 'intermediate' | 'root';
    name: string;
    not_after: string | null;
    faulty: boolean;
    missing: boolean;
}

const leaf_faults: ReadonlySet<HostVerdict> = new Set(['self_signed', 'name_mismatch', 'not_yet_valid', 'weak_key', 'weak_signature']);

export function boxesOf(host: HostTest, now: Date): ChainBox[] {
    const boxes: ChainBox[] = host.chain.map((link, index) => ({
        role: index === 0 ? 'leaf' : link.subject === link.issuer ? 'root' : 'intermediate',
        name: commonName(link.subject),
        not_after: link.not_after,
        faulty: false,
        missing: false,
    }));
    const last = host.chain.at(-1);
    if (!last) return [];
    markFault(boxes, host, now);
    if (last.subject !== last.issuer) boxes.push(boxAbove(commonName(last.issuer), host.verdict));
    return boxes;
}

function markFault(boxes: ChainBox[], host: HostTest, now: Date): void {
    if (host.verdict === 'expired') {
        const expired = boxes.filter((box) => box.not_after !== null && new Date(box.not_after) < now);
        for (const box of expired.length > 0 ? expired : boxes.slice(0, 1)) box.faulty = true;
    } else if (leaf_faults.has(host.verdict) && boxes[0]) {
        boxes[0].faulty = true;
    } else if (host.verdict === 'untrusted_root') {
        const top = boxes.at(-1);
        if (top?.role === 'root') top.faulty = true;
    }
}

// What the host did not send: normally the authority, which the tester knows; with a gap, the
// intermediate that should have come too.
function boxAbove(name: string, verdict: HostVerdict): ChainBox {
    const missing = verdict === 'missing_intermediate';
    return { role: missing ? 'intermediate' : 'root', name, not_after: null, faulty: missing || verdict === 'untrusted_root', missing };
}

/** The CN of a distinguished name such as "CN=mx1.acme.test, O=Acme", or the whole of it. */
export function commonName(subject: string): string {
    const match = /(?:^|[,/]\s*)CN\s*=\s*([^,/]+)/i.exec(subject);
    return match?.[1]?.trim() || subject;
}

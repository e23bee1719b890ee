// What the SPF pages work out from the server's answers: which terms a record gained and lost, how its
// lookups fill the ten places, which steps of an evaluation decided, and the commands that do the same.

import type { SpfNode, SpfStep } from './api';

export interface RecordTerm {
    text: string;
    mark: 'same' | 'added' | 'removed';
}

/** The terms of `record`, those that `other` lacks marked; terms that stand twice are matched one to one. */
export function markTerms(record: string, other: string | null, mark: 'added' | 'removed'): RecordTerm[] {
    const left = other === null ? null : other.split(/\s+/);
    return record.trim().split(/\s+/).map((text) => {
        const at = left?.indexOf(text) ?? 0;
        if (left && at >= 0) left.splice(at, 1);
        return { text, mark: at >= 0 ? 'same' : mark };
    });
}

export interface Place {
    term: string;
    /** Beyond the limit. */
    over: boolean;
}

/** One place a lookup, named by the term of the record that it is spent for; never fewer than the limit. */
export function fillPlaces(tree: SpfNode, limit: number): (Place | null)[] {
    const spent: Place[] = [];
    for (const node of tree.inside) {
        for (let i = 0; i < node.lookups; i += 1) spent.push({ term: node.term, over: spent.length >= limit });
    }
    const free = Math.max(0, limit - spent.length);
    return [...spent, ...Array<null>(free).fill(null)];
}

/** Indices of the steps that led to the verdict: the matching ones and the records they stand in. */
export function findDecidingPath(trace: readonly SpfStep[]): Set<number> {
    const path = new Set<number>();
    let depth = Number.POSITIVE_INFINITY;
    for (let i = trace.length - 1; i >= 0; i -= 1) {
        const step = trace[i];
        if (!step) continue;
        const decides = step.outcome === 'match' || step.outcome === 'error';
        const is_record = step.term === 'v=spf1';
        if (path.size === 0 ? decides && leadsToEnd(trace, i) : step.depth < depth && (decides || is_record)) path.add(i);
        else if (path.size > 0 && step.depth === depth && is_record) path.add(i);
        else continue;
        depth = step.depth;
    }
    if (path.size === 0 && trace.length > 0) path.add(0);
    return path;
}

/** The last match decides only when every include around it matched, too. */
function leadsToEnd(trace: readonly SpfStep[], index: number): boolean {
    let depth = trace[index]?.depth ?? 0;
    for (let i = index - 1; i >= 0 && depth > 0; i -= 1) {
        const step = trace[i];
        if (!step || step.depth >= depth || step.term === 'v=spf1') continue;
        if (step.outcome !== 'match' && step.outcome !== 'error') return false;
        depth = step.depth;
    }
    return true;
}

export function adviseCommand(domain: string, include: string): string {
    return `sealpost spf advise ${domain} --include ${include}`;
}

export function checkCommand(address: string, sender: string, helo: string): string {
    const quote = (text: string) => (/^[\w.@:+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
    return `sealpost spf check --ip ${quote(address)} --helo ${quote(helo || domainOf(sender))}${sender ? ` --mail-from ${quote(sender)}` : ''}`;
}

export function domainOf(sender: string): string {
    return sender.slice(sender.lastIndexOf('@') + 1);
}

export function looksLikeAddress(text: string): boolean {
    if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return text.split('.').every((part) => Number(part) < 256);
    return text.includes(':') && /^[0-9a-f:.]+$/i.test(text);
}

// What the sender form works out of the pasted lines and the gateway's verdicts on them.

import type { SenderVerdict } from './api';

/** A name of two labels at least, without a dot in front: "acme.test", not ".acme.test" or an address. */
export function isBareName(sender: string): boolean {
    return /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/i.test(sender);
}

export function isSuffix(sender: string): boolean {
    return sender.startsWith('.') && isBareName(sender.slice(1));
}

/** The other form of a domain, which would have to stand beside it; null for what is no domain. */
export function otherForm(sender: string): string | null {
    if (isSuffix(sender)) return sender.slice(1);
    return isBareName(sender) ? `.${sender}` : null;
}

/** The other forms that the pasted lines lack, by the sender that they belong to. */
export function findMissingForms(verdicts: readonly SenderVerdict[]): Map<string, string> {
    const present = new Set(verdicts.map((one) => one.sender.toLowerCase()));
    const missing = new Map<string, string>();
    for (const { sender, result } of verdicts) {
        const other = result === 'ok' ? otherForm(sender.toLowerCase()) : null;
        if (other && !present.has(other)) missing.set(sender, other);
    }
    return missing;
}

/** `text` with the line after those of `sender`'s verdict. */
export function insertBehind(text: string, line: number, sender: string): string {
    const lines = text.split('\n');
    lines.splice(line, 0, sender);
    return lines.join('\n');
}

export interface VerdictCounts {
    ok: number;
    duplicate: number;
    refused: number;
}

export function countVerdicts(verdicts: readonly SenderVerdict[]): VerdictCounts {
    const counts = { ok: 0, duplicate: 0, refused: 0 };
    for (const { result } of verdicts) counts[result] += 1;
    return counts;
}

/** What needs attention first: refused lines, then duplicates, then the others; each in the order of the text. */
export function sortVerdicts(verdicts: readonly SenderVerdict[]): SenderVerdict[] {
    const rank = { refused: 0, duplicate: 1, ok: 2 };
    return [...verdicts].sort((one, other) => rank[one.result] - rank[other.result] || one.line - other.line);
}

/** A long paste is asked about when the typing rests; a short one at once. */
export function patienceFor(text: string): number {
    return text.length > 200_000 ? 900 : 250;
}

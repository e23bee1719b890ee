// When somebody else changed the row of an open form: what was typed stays, what was not touched follows them.

import { formatValue, type Draft, type KeyFacts, type Values } from './fields';

export interface Merged {
    draft: Draft;
    /** Keys that both changed, differently: the entry would replace theirs. */
    clash: string[];
}

/** `base`: the row as the form began with it, `theirs`: as it is now. */
export function mergeDraft(keys: readonly KeyFacts[], base: Values, mine: Draft, theirs: Values): Merged {
    const draft: Record<string, string> = {};
    const clash: string[] = [];
    for (const { name } of keys) {
        const [was, typed, now] = [textOf(base[name]), mine[name], textOf(theirs[name])];
        const is_touched = (typed ?? '') !== (was ?? '');
        const kept = is_touched ? typed : now;
        if (is_touched && (was ?? '') !== (now ?? '') && (typed ?? '') !== (now ?? '')) clash.push(name);
        if (kept !== undefined) draft[name] = kept;
    }
    return { draft, clash };
}

function textOf(value: unknown): string | undefined {
    return value === undefined || value === null ? undefined : formatValue(value);
}

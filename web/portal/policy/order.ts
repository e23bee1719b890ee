// The order of sender groups while it is edited, and the steps that bring it about.

/** `list` with the entry at `from` moved to `to` (both from 0, `to` kept within the list). */
export function moveEntry<T>(list: readonly T[], from: number, to: number): T[] {
    const rest = [...list];
    const [moved] = rest.splice(from, 1);
    if (moved === undefined) return [...list];
    rest.splice(Math.max(0, Math.min(to, rest.length)), 0, moved);
    return rest;
}

export interface Move {
    id: string;
    /** The new place, from 1. */
    to: number;
}

/** Moves that lead from `present` to `wanted` (the same ids); entries that keep their neighbours are left alone. */
export function planMoves(present: readonly string[], wanted: readonly string[]): Move[] {
    const fixed = longestRun(present, wanted);
    const moves: Move[] = [];
    let list = [...present];
    wanted.forEach((id, place) => {
        if (fixed.has(id)) return;
        // Behind its new neighbour, which stands where it should by now.
        const before = place === 0 ? -1 : list.indexOf(wanted[place - 1] ?? '');
        const from = list.indexOf(id);
        const to = from <= before ? before : before + 1;
        if (from === to) return;
        list = moveEntry(list, from, to);
        moves.push({ id, to: to + 1 });
    });
    return moves;
}

/** Ids of a longest common order: they need not move. */
function longestRun(present: readonly string[], wanted: readonly string[]): Set<string> {
    const places = present.map((id) => wanted.indexOf(id));
    const best: { length: number; before: number }[] = [];
    places.forEach((place, i) => {
        let found = { length: 1, before: -1 };
        for (let j = 0; j < i; j += 1) {
            const other = best[j];
            if (other && (places[j] ?? 0) < place && other.length + 1 > found.length) found = { length: other.length + 1, before: j };
        }
        best.push(found);
    });
    let at = best.reduce((top, one, i) => (one.length > (best[top]?.length ?? 0) ? i : top), 0);
    const run = new Set<string>();
    while (at >= 0 && at < present.length) {
        run.add(present[at] ?? '');
        at = best[at]?.before ?? -1;
    }
    return run;
}

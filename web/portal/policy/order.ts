// The order of sender groups while it is edited, and the steps that bring it about.

import type { Row } from './api';

/** The number of a group in its listener: the one that counts, else the one that is written, else its place (from 0). */
export function orderOf(row: Pick<Row, 'order' | 'values'>, place: number): number {
    return Number(row.order ?? row.values['order'] ?? place + 1);
}

/** `list` with the entry at `from` moved to `to` (both from 0, `to` kept within the list). */
export function moveEntry<T>(list: readonly T[], from: number, to: number): T[] {
    const rest = [...list];
    const [moved] = rest.splice(from, 1);
    if (moved === undefined) return [...list];
    rest.splice(Math.max(0, Math.min(to, rest.length)), 0, moved);
    return rest;
}

/** An order that is being edited, when others changed the groups: theirs that are new stand behind the neighbour they have in `present`. */
export function mergeOrder(wanted: readonly string[], present: readonly string[]): string[] {
    const merged = wanted.filter((id) => present.includes(id));
    present.forEach((id, place) => {
        if (!merged.includes(id)) merged.splice(merged.indexOf(present[place - 1] ?? '') + 1, 0, id);
    });
    return merged;
}

export interface Placed {
    id: string;
    /** Its number in the listener; numbers may have gaps. */
    order: number;
}

export interface Move {
    id: string;
    /** The number that it takes. */
    to: number;
}

/**
 * Moves that lead from `present` (in its order) to the sequence `wanted` of the same ids; groups that keep their
 * neighbours are left alone. As the gateway makes room: those between the old and the new number move by one, up to
 * the first number that is free.
 */
export function planMoves(present: readonly Placed[], wanted: readonly string[]): Move[] {
    const fixed = longestRun(present.map((one) => one.id), wanted);
    const moves: Move[] = [];
    let list = [...present];
    wanted.forEach((id, place) => {
        if (fixed.has(id)) return;
        // Behind its new neighbour, which stands where it should by now.
        const before = place === 0 ? -1 : list.findIndex((one) => one.id === wanted[place - 1]);
        const from = list.findIndex((one) => one.id === id);
        const to = from <= before ? before : before + 1;
        const number = list[to]?.order;
        if (from === to || number === undefined) return;
        list = takePlace(list, id, number);
        moves.push({ id, to: number });
    });
    return moves;
}

/** `list` when `id` takes the number `to`. */
export function takePlace(list: readonly Placed[], id: string, to: number): Placed[] {
    const from = list.find((one) => one.id === id)?.order ?? 0;
    const step = from !== 0 && from < to ? -1 : 1;
    let taken = to;
    const others = list.filter((one) => one.id !== id).sort((one, other) => (one.order - other.order) * step)
        .map((one) => (one.order === taken ? { ...one, order: (taken += step) } : one));
    return [...others, { id, order: to }].sort((one, other) => one.order - other.order);
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

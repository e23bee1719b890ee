// Changes of the policy document in the order in which people read them.

import type { Change, Value } from './api';

export interface ReadChanges {
    /** Changes that say something by themselves. */
    main: Change[];
    /** Groups that only took another order: one line for all of them. */
    moved: Change[];
}

/** A group whose only difference is its number was pushed by another one, or moved. */
export function isOnlyMoved(change: Change): boolean {
    if (change.senders) return false;
    return change.kind === 'moved' || (change.kind === 'changed' && change.section === 'sender_group' && change.keys.length > 0 && change.keys.every((key) => key.name === 'order'));
}

export function sortChanges(changes: readonly Change[]): ReadChanges {
    return { main: changes.filter((one) => !isOnlyMoved(one)), moved: changes.filter(isOnlyMoved) };
}

/** How many entries of a value are not told: lists come cut, with their number beside them. */
export function countUntold(value: Value | null, count: number | undefined): number {
    return Array.isArray(value) && count !== undefined ? Math.max(0, count - value.length) : 0;
}

/** The width of a bar in per cent: anything at all can be seen, the largest fills it. */
export function barWidth(value: number, largest: number): number {
    if (value <= 0 || largest <= 0) return 0;
    return Math.max(1.5, Math.round((value / largest) * 1000) / 10);
}

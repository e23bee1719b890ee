// What the table pages work out of rows: which ones a search finds, which row a form means after others changed
// the table, and what a row looks like in the policy document.

import type { Change, Edit, Key, Row, SectionName, Values } from '../api';
import { formatValue, makeValues, type Draft } from '../fields';
import { mergeDraft } from '../merge';

export function findRows(rows: readonly Row[], search: string, listener: string): Row[] {
    const wanted = search.trim().toLowerCase();
    return rows.filter((row) => {
        const listeners = [row.values['listener'] ?? []].flat();
        if (listener && listeners.length > 0 && !listeners.includes(listener)) return false;
        return wanted === '' || Object.values(row.values).some((value) => formatValue(value).toLowerCase().includes(wanted));
    });
}

const same = (one: Values, other: Values) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
const sorted = (values: Values) => Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));

export type Target =
    | { kind: 'same'; id: string }
    /** Others changed this very row, too. */
    | { kind: 'changed'; id: string }
    /** It is not there any more: what was typed would be a new row. */
    | { kind: 'gone' };

/**
 * Where the row that a form began with is now. Rows that are known by their place alone are found again by
 * what stands in them. `neighbours`: all written rows at that time, itself among them.
 */
export function locateRow(rows: readonly Row[], began: Row, neighbours: readonly Row[]): Target {
    const written = rows.filter((row) => !row.predefined);
    const by_id = written.find((row) => row.id === began.id);
    if (by_id && same(by_id.values, began.values)) return { kind: 'same', id: by_id.id };
    const is_placed = /^\d+$/.test(began.id);
    const moved = is_placed ? written.find((row) => same(row.values, began.values)) : undefined;
    if (moved) return { kind: 'same', id: moved.id };
    if (!by_id) return { kind: 'gone' };
    // At its place may stand another row that moved up.
    const is_other = written.length !== neighbours.length || neighbours.some((one) => one.id !== began.id && same(one.values, by_id.values));
    return is_placed && is_other ? { kind: 'gone' } : { kind: 'changed', id: by_id.id };
}

export interface Origin {
    row: Row;
    /** All written rows, `row` among them. */
    rows: readonly Row[];
}

/** The row of `origin` among `rows` as it is by now; null when it is gone. */
export function findNow(rows: readonly Row[], origin: Origin): Row | null {
    const target = locateRow(rows, origin.row, origin.rows);
    return target.kind === 'gone' ? null : (rows.find((row) => !row.predefined && row.id === target.id) ?? null);
}

/** What a form would write into `now`: what was typed, and as it is by now what was not touched. */
export function mergeValues(keys: readonly Key[], began: Row, draft: Draft, now: Row): Values {
    return makeValues(keys, mergeDraft(keys, began.values, draft, now.values).draft, now.values) as Values;
}

/** The steps that write a row and put it at `place` (from 1); `at` is where it stands now, null for a new one. */
export function makeEdits(section: SectionName, id: string | null, values: Values, place: number | null, at: number | null, ids: readonly string[]): Edit[] {
    if (id === null) {
        const before = place === null ? undefined : ids[place - 1];
        return [before === undefined ? { do: 'put', section, values } : { do: 'put', section, values, before }];
    }
    const put: Edit = { do: 'put', section, row: id, values };
    return place === null || place === at ? [put] : [put, { do: 'move', section, row: id, to: place }];
}

/** Rows of the live document that what is staged leaves out. */
export function findRemoved(changes: readonly Change[], section: SectionName): Change[] {
    return changes.filter((one) => one.section === section && one.kind === 'removed');
}

/** The row as the policy document has it. */
export function formatRow(section: string, values: Values): string {
    const write = (value: unknown): string => (Array.isArray(value) ? `[${value.map(write).join(', ')}]` : JSON.stringify(value));
    return [`[[${section}]]`, ...Object.entries(values).map(([name, value]) => `${name} = ${write(value)}`)].join('\n');
}

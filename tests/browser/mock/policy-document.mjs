// A policy document in memory: sections of rows. A row is never changed in place, so that a copy of a document
// with 100,000 senders costs nothing.
import { sections } from './policy-keys.mjs';
import { parseSender } from './policy-senders.mjs';

export const section_names = Object.keys(sections);

export function idOf(section, row, index) {
    if (section === 'sender_group') return `${row.values.listener}/${row.values.name}`;
    if (section === 'listener_defaults') return row.values.listener ?? '*';
    return sections[section].some((key) => key.name === 'name') ? row.values.name : String(index + 1);
}

export const rowsOf = (document, section) => document[section] ?? [];
export const findRow = (document, section, id) => rowsOf(document, section).findIndex((row, index) => idOf(section, row, index) === id);
export const groupsOf = (document, listener) => rowsOf(document, 'sender_group').filter((row) => row.values.listener === listener);

/** The few shapes of TOML that policy documents have: [[table]], and key = JSON value on one line. */
export function parseDocument(text) {
    const document = {};
    const problems = [];
    let row = null;
    text.split('\n').forEach((line, index) => {
        const table = /^\[\[(\w+)\]\]\s*$/.exec(line.trim());
        const pair = /^(\w+)\s*=\s*(.*)$/.exec(line.trim());
        if (table) {
            row = { values: {} };
            (document[table[1]] ??= []).push(row);
        } else if (pair && row) {
            try {
                row.values[pair[1]] = JSON.parse(pair[2]);
            } catch {
                problems.push({ line: index + 1, key: pair[1], what: 'The value cannot be read.', hint: '', section: null, row: null, field: null });
            }
        } else if (line.trim() && !line.trim().startsWith('#')) {
            problems.push({ line: index + 1, key: '', what: 'Neither a table nor a key.', hint: '', section: null, row: null, field: null });
        }
    });
    for (const group of document.sender_group ?? []) liftSenders(group);
    return { document: numberGroups(document), problems };
}

function liftSenders(row) {
    const { senders = [], ...values } = row.values;
    row.senders = senders.map((written) => parseSender(written)).map(({ text, comment }) => ({ text, comment: comment ?? '' }));
    row.values = values;
}

/** A group that has no number in the document has one all the same, which `is_unwritten` says. */
const giveOrder = (row, order) => ({ ...row, is_unwritten: row.is_unwritten || row.values.order === undefined, values: { ...row.values, order } });

/** The values of a row as the document has them. */
export function writtenValues({ is_unwritten, values: { order, ...values } }) {
    return order === undefined || is_unwritten ? values : { ...values, order };
}

/** Orders 1, 2, 3 … in each listener, the rows in that order. */
export function numberGroups(document) {
    const counts = new Map();
    const groups = rowsOf(document, 'sender_group').map((row) => {
        const order = (counts.get(row.values.listener) ?? 0) + 1;
        counts.set(row.values.listener, order);
        return row.values.order === order ? row : giveOrder(row, order);
    });
    return { ...document, sender_group: groups };
}

/** A group that takes order `to`: those between there and the order it left (0: it is new) move by one, up to the first that is free. */
export function makeRoom(document, row, from, to) {
    const step = from !== 0 && from < to ? -1 : 1;
    const orders = new Map(groupsOf(document, row.values.listener).map((one) => [one, one.values.order]));
    let taken = to;
    for (const one of [...orders.keys()].sort((a, b) => (orders.get(a) - orders.get(b)) * step)) {
        if (orders.get(one) === taken) orders.set(one, (taken += step));
    }
    const groups = rowsOf(document, 'sender_group').map((one) => (orders.has(one) && orders.get(one) !== one.values.order ? { ...one, is_unwritten: false, values: { ...one.values, order: orders.get(one) } } : one));
    const is_unwritten = from === to && row.is_unwritten;
    return sortGroups({ ...document, sender_group: [...groups, { ...row, is_unwritten, values: { ...row.values, order: to } }] });
}

/** Each listener's groups in their order; one without a number stands behind all. */
export function sortGroups(document) {
    const last = new Map();
    const follow = (listener) => last.set(listener, 1 + (last.get(listener) ?? Math.max(0, ...groupsOf(document, listener).map((one) => one.values.order ?? 0)))).get(listener);
    const numbered = rowsOf(document, 'sender_group').map((row) => (row.values.order ? row : giveOrder(row, follow(row.values.listener))));
    const first = new Map();
    numbered.forEach((row, index) => first.has(row.values.listener) || first.set(row.values.listener, index));
    return { ...document, sender_group: numbered.sort((a, b) => first.get(a.values.listener) - first.get(b.values.listener) || a.values.order - b.values.order) };
}

const writeSender = ({ text, comment }) => (comment ? `${text} (${comment})` : text);

export function formatDocument(document) {
    const lines = [];
    for (const section of section_names) {
        for (const row of rowsOf(document, section)) lines.push(...formatRow(section, row), '');
    }
    return lines.join('\n');
}

export function formatRow(section, row) {
    const lines = [`[[${section}]]`];
    for (const [name, value] of Object.entries(writtenValues(row))) lines.push(`${name} = ${JSON.stringify(value)}`);
    if (row.senders) lines.push('senders = [', ...row.senders.map((one) => `  ${JSON.stringify(writeSender(one))},`), ']');
    return lines;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** A row's name; else what its first key says. */
const labelOf = (row) => row.values.name ?? String([Object.values(row.values)[0] ?? ''].flat()[0]);

/** What `after` changes against `before`: a list of Change. */
export function changesOf(before, after) {
    return section_names.flatMap((section) => {
        const old_rows = new Map(rowsOf(before, section).map((row, index) => [idOf(section, row, index), row]));
        const new_rows = new Map(rowsOf(after, section).map((row, index) => [idOf(section, row, index), row]));
        const changes = [];
        const moved = section === 'sender_group' ? findMoved([...old_rows.keys()].filter((id) => new_rows.has(id)), [...new_rows.keys()].filter((id) => old_rows.has(id))) : new Set();
        for (const [id, row] of new_rows) {
            const old = old_rows.get(id);
            if (!old) changes.push({ section, row: id, label: labelOf(row), kind: 'added', keys: keysOf({}, row.values), senders: sendersOf([], row.senders) });
            else if (old !== row) changes.push(...changesOfRow(section, id, old, row));
            if (moved.has(id)) changes.push({ section, row: id, label: labelOf(row), kind: 'moved', keys: keysOf({ order: old.values.order }, { order: row.values.order }), senders: null });
        }
        for (const [id, row] of old_rows) {
            if (!new_rows.has(id)) changes.push({ section, row: id, label: labelOf(row), kind: 'removed', keys: keysOf(row.values, {}), senders: sendersOf(row.senders, []) });
        }
        return changes;
    });
}

/** Ids that are not part of the longest order that both have in common. */
function findMoved(before, after) {
    const best = [];
    before.forEach((id, i) => {
        const place = after.indexOf(id);
        let found = { place, run: [id] };
        for (let j = 0; j < i; j += 1) if (best[j].place < place && best[j].run.length >= found.run.length) found = { place, run: [...best[j].run, id] };
        best.push(found);
    });
    const longest = best.reduce((top, one) => (one.run.length > top.length ? one.run : top), []);
    return new Set(before.filter((id) => !longest.includes(id)));
}

/** Groups that only make room for another are not told. */
function changesOfRow(section, id, old, row) {
    const keys = keysOf(old.values, row.values).filter((key) => section !== 'sender_group' || key.name !== 'order');
    const senders = old.senders === row.senders ? null : sendersOf(old.senders, row.senders);
    return keys.length === 0 && !senders ? [] : [{ section, row: id, label: labelOf(row), kind: 'changed', keys, senders }];
}

function keysOf(before, after) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !same(before[name], after[name]))
        .map((name) => ({ name, ...cut('before', before[name] ?? null), ...cut('after', after[name] ?? null) }));
}

const most_entries = 20;

/** A long list is cut, with its number beside it. */
function cut(side, value) {
    if (!Array.isArray(value) || value.length <= most_entries) return { [side]: value };
    return { [side]: value.slice(0, most_entries), [`${side}_count`]: value.length };
}

function sendersOf(before = [], after = []) {
    if (before.length === 0 && after.length === 0) return null;
    const old_texts = new Set(before.map(writeSender));
    const new_texts = new Set(after.map(writeSender));
    const added = [...new_texts].filter((text) => !old_texts.has(text));
    const removed = [...old_texts].filter((text) => !new_texts.has(text));
    if (added.length === 0 && removed.length === 0) return null;
    return { added: added.slice(0, 20), removed: removed.slice(0, 20), added_count: added.length, removed_count: removed.length };
}

/** The same as unified text, one hunk for each row that differs. */
export function differenceOf(before, after) {
    const hunks = changesOf(before, after).map(({ section, row }) => {
        const lines = (document) => {
            const at = findRow(document, section, row);
            return at < 0 ? [] : formatRow(section, rowsOf(document, section)[at]);
        };
        const [old_lines, new_lines] = [lines(before), lines(after)];
        const [old_set, new_set] = [new Set(old_lines), new Set(new_lines)];
        const gone = old_lines.filter((line) => !new_set.has(line)).map((line) => `-${line}`);
        const body = new_lines.map((line) => (old_set.has(line) ? ` ${line}` : `+${line}`));
        return [`@@ ${section} ${row} @@`, ...gone, ...body.slice(0, 400)].join('\n');
    });
    return hunks.length ? `--- committed\n+++ staged\n${hunks.join('\n')}\n` : '';
}

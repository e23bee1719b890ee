import { expect, test } from 'vitest';
import type { Key, Row } from '../portal/policy/api';
import { findHostFault, formatHost, kindOfRoute, parseHost } from '../portal/policy/tables/hosts';
import { findNow, findRemoved, findRows, formatRow, locateRow, makeEdits, mergeValues } from '../portal/policy/tables/rows';
import { destination_table, findFixed, nameOf, recipient_table } from '../portal/policy/tables/table-facts';
import { tables_words } from '../portal/policy/tables/table-words';

function row(id: string, values: Row['values'], more: Partial<Row> = {}): Row {
    return { id, line: 1, state: 'same', values, predefined: false, ...more };
}
const acme = row('1', { address: ['acme.test'], action: 'accept' });
const old = row('2', { address: 'former@acme.test', listener: ['public'], action: 'reject' });
const partner = row('3', { address: ['partner.test'], listener: 'inner' });

test('a host is read into its cells and written as it was', () => {
    for (const line of ['10 inner1.acme.test:25', '192.0.2.7', '5 [2001:db8::7]:2525', '2001:db8::7', 'inner.acme.test']) expect(formatHost(parseHost(line))).toBe(line);
    expect(parseHost('5 [2001:db8::7]:2525')).toEqual({ priority: '5', host: '2001:db8::7', port: '2525' });
    expect(formatHost({ priority: '', host: '2001:db8::7', port: '25' })).toBe('[2001:db8::7]:25');
});
test('a line that is still typed keeps its cells apart', () => {
    expect(parseHost('10 ')).toEqual({ priority: '10', host: '', port: '' });
    expect(parseHost(':25')).toEqual({ priority: '', host: '', port: '25' });
});
test('a route is told by its only word', () => {
    expect([kindOfRoute('usedns'), kindOfRoute('/dev/null'), kindOfRoute(''), kindOfRoute('USEDNS\nmx.acme.test')]).toEqual(['dns', 'drop', 'hosts', 'hosts']);
});
test('each cell of a host has its fault', () => {
    expect(['10 inner.acme.test:25', 'USEDNS', '192.0.2.7\n\n'].map(findHostFault)).toEqual([null, null, null]);
    expect(['70000 a.test', 'a.test:0', 'a.test:70000', '10 ', 'no name'].map(findHostFault)).toEqual(['priority', 'port', 'port', 'host', 'host']);
});

test('a search looks into every value, and a listener keeps rows for all of them', () => {
    expect(findRows([acme, old, partner], 'FORMER', '').map((one) => one.id)).toEqual(['2']);
    expect(findRows([acme, old, partner], '', 'public').map((one) => one.id)).toEqual(['1', '2']);
    expect(findRows([acme, old, partner], 'reject', 'inner')).toEqual([]);
});
test('a row that others moved is found by what stands in it', () => {
    const moved = [row('1', { address: ['new.test'] }), row('2', acme.values), row('3', old.values)];
    expect(locateRow(moved, acme, [acme, old])).toEqual({ kind: 'same', id: '2' });
});
test('a row that others changed, too, is told from one that moved to its place', () => {
    const changed = [row('1', { address: ['acme.test'], action: 'reject' }), old];
    expect(locateRow(changed, acme, [acme, old])).toEqual({ kind: 'changed', id: '1' });
    expect(locateRow([row('1', old.values), row('2', { address: ['new.test'] })], acme, [acme, old])).toEqual({ kind: 'gone' });
});
test('a row by its place is taken for gone when it cannot be told from its neighbours', () => {
    expect(locateRow([old], acme, [acme, old])).toEqual({ kind: 'gone' });
    expect(locateRow([], row('patient', { name: 'patient' }), [])).toEqual({ kind: 'gone' });
});
test('a row with a name is changed wherever it stands', () => {
    const began = row('patient', { name: 'patient', max_age: '7d' });
    expect(locateRow([row('other', { name: 'other' }), row('patient', { name: 'patient', max_age: '3d' })], began, [began])).toEqual({ kind: 'changed', id: 'patient' });
});
test('what a form writes is what was typed, and elsewhere what others made of the row', () => {
    const keys = ['address', 'action', 'text'].map((name) => ({ name, type: name === 'address' ? 'texts' : 'text' }) as Key);
    const now = row('2', { address: ['acme.test', 'new.test'], action: 'accept' });
    const draft = { address: 'acme.test', action: 'accept', text: 'Not today' };
    expect(findNow([row('1', partner.values), now], { row: row('2', acme.values), rows: [row('1', partner.values), row('2', acme.values)] })).toBe(now);
    expect(mergeValues(keys, acme, draft, now)).toEqual({ address: ['acme.test', 'new.test'], action: 'accept', text: 'Not today' });
});
test('a new row stands in front of the row at its place, an old one moves there', () => {
    expect(makeEdits('recipient', null, { address: ['a.test'] }, 1, null, ['1', '2'])).toEqual([{ do: 'put', section: 'recipient', values: { address: ['a.test'] }, before: '1' }]);
    expect(makeEdits('recipient', null, { address: ['a.test'] }, 3, null, ['1', '2'])).toEqual([{ do: 'put', section: 'recipient', values: { address: ['a.test'] } }]);
    expect(makeEdits('recipient', '2', {}, 1, 2, ['1', '2'])).toEqual([{ do: 'put', section: 'recipient', row: '2', values: {} }, { do: 'move', section: 'recipient', row: '2', to: 1 }]);
    expect(makeEdits('route', '2', {}, null, 2, ['1', '2'])).toHaveLength(1);
});
test('only what the table lost is shown as lost', () => {
    const changes = [{ section: 'route', kind: 'removed' }, { section: 'recipient', kind: 'removed' }, { section: 'route', kind: 'added' }] as never;
    expect(findRemoved(changes, 'route')).toHaveLength(1);
});
test('a row reads as the document has it', () => {
    expect(formatRow('route', { domain: ['acme.test'], hosts: ['10 a.test', 'b.test'] })).toBe('[[route]]\ndomain = ["acme.test"]\nhosts = ["10 a.test", "b.test"]');
    expect(formatRow('recipient', { bypass_limits: true, code: 550 })).toBe('[[recipient]]\nbypass_limits = true\ncode = 550');
});
test('the fixed row goes when a row stands for it, but the last row of the RAT stays', () => {
    expect(findFixed(destination_table, [])?.predefined).toBe(true);
    expect(findFixed(destination_table, [row('1', { domain: 'ALL', tls: 'required' })])).toBeNull();
    expect(findFixed(recipient_table, [row('1', { address: 'ALL' })])?.values).toEqual({ address: ['ALL'], action: 'reject' });
});
test('a row is called by its first entries', () => {
    expect(nameOf(recipient_table, { address: ['a.test', 'b.test', 'c.test'] })).toBe('a.test, b.test …');
    expect(nameOf(recipient_table, { address: 'a.test' })).toBe('a.test');
});
test('French counts none and one in the singular', () => {
    expect([tables_words.fr.found(0, 0), tables_words.fr.found(1, 1), tables_words.fr.found(2, 2)]).toEqual(['0 ligne', '1 ligne', '2 lignes']);
});

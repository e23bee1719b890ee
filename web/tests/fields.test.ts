import { expect, test } from 'vitest';
import { describeFault, field_words, formatQuantity } from '../portal/policy/field-words';
import { findFault, findFaults, makeDraft, makeValues, parseQuantity, placeProblems, type KeyFacts } from '../portal/policy/fields';
import { showValue } from '../portal/policy/show-value';

function key(name: string, type: string, more: Partial<KeyFacts> = {}): KeyFacts {
    return { name, type, words: null, fallback: null, doc: '', required: false, least: null, most: null, inherits: false, ...more };
}
const domain = key('domain', 'texts', { required: true });
const tls = key('tls', 'choice', { words: ['none', 'required'], fallback: 'none' });
const count = key('max_connections', 'number', { least: 1, most: 1000, fallback: 500 });
const size = key('max_message_size', 'size', { least: 1024, most: 2147483648, fallback: '10M', inherits: true });
const banner = key('banner_text', 'text', { fallback: '', inherits: true });
const where = key('where', 'choices', { words: ['envelope', 'headers'], fallback: ['envelope', 'headers'] });

test('what was read and not touched is written as it was', () => {
    const values = { domain: 'acme.test', tls: 'required', max_connections: 10 };
    const draft = makeDraft([domain, tls, count], values);
    expect(draft).toEqual({ domain: 'acme.test', tls: 'required', max_connections: '10' });
    expect(makeValues([domain, tls, count], draft, values)).toEqual(values);
});
test('what nobody touched keeps its spaces and its emptiness', () => {
    const refused = key('refused_characters', 'text');
    const values = { refused_characters: ' !%', domain: [' acme.test', ''], banner_text: '', max_connections: '10' };
    const keys = [refused, domain, banner, count];
    expect(makeValues(keys, makeDraft(keys, values), values)).toEqual(values);
    expect(makeValues([refused], { refused_characters: '!%' }, values)['refused_characters']).toBe('!%');
    expect(makeValues([refused], {}, { refused_characters: ' ' })).toEqual({});
});
test('an empty field leaves its key out, and a list has one entry a line', () => {
    expect(makeValues([domain, count], { domain: ' acme.test \n\n.acme.test\n', max_connections: '' })).toEqual({ domain: ['acme.test', '.acme.test'] });
});
test('a text that would be inherited may be written as empty', () => {
    expect(makeValues([banner, size], { banner_text: '', max_message_size: '' })).toEqual({ banner_text: '' });
    expect(makeValues([banner], {})).toEqual({});
    expect(makeValues([banner], { banner_text: ' welcome ' })).toEqual({ banner_text: 'welcome' });
});
test('keys that the form does not know stay', () => {
    expect(makeValues([count], { max_connections: '3' }, { colour: 'red', max_connections: 2 })).toEqual({ colour: 'red', max_connections: 3 });
});
test('sizes and durations keep their unit, bare numbers stay numbers', () => {
    expect(makeValues([size], { max_message_size: '100M' })).toEqual({ max_message_size: '100M' });
    expect(makeValues([size], { max_message_size: '2048' })).toEqual({ max_message_size: 2048 });
    expect([parseQuantity('size', '10m'), parseQuantity('duration', '3d'), parseQuantity('size', '3d'), parseQuantity('number', '10M')]).toEqual([10485760, 259200, null, null]);
    expect([formatQuantity('size', 104857600), formatQuantity('size', 1000), formatQuantity('duration', 2592000), formatQuantity('duration', 0)]).toEqual(['100M', '1000', '30d', '0']);
});
test('each type has its fault', () => {
    const kinds = [
        findFault(domain, '\n'), findFault(tls, 'sometimes'), findFault(count, 'ten'), findFault(count, '0'), findFault(count, '1001'), findFault(size, '10X'), findFault(size, '4G'),
        findFault(key('age', 'duration'), '3 days'), findFault(key('hostname', 'domain'), 'no name'), findFault(key('on', 'flag'), 'maybe'), findFault(where, ''),
    ].map((fault) => fault?.kind);
    expect(kinds).toEqual(['required', 'word', 'number', 'range', 'range', 'size', 'range', 'duration', 'domain', 'word', 'required']);
    const good = [findFault(domain, 'acme.test'), findFault(tls, ''), findFault(count, '1000'), findFault(size, '2G'), findFault(key('hostname', 'domain'), 'mx1.acme.test'), findFault(where, undefined)];
    expect(good.every((fault) => fault === null)).toBe(true);
    expect([...findFaults([domain, count], { max_connections: 'x' }).keys()]).toEqual(['domain', 'max_connections']);
});
test('a range is said in the unit of its key', () => {
    const fault = findFault(size, '3G');
    expect(fault && describeFault(fault, 'size', field_words.en)).toBe('Enter a value from 1K to 2G.');
    const open = findFault(key('n', 'number', { least: 5, most: 0 }), '4');
    expect(open && describeFault(open, 'number', field_words.fr)).toBe('Saisissez une valeur d’au moins 5.');
});
test('problems of the gateway go to their field, others to the head of the form', () => {
    const problems = [
        { what: 'no such host', section: 'route', row: '2', field: 'hosts' }, { what: 'twice', section: 'route', row: '2', field: null },
        { what: 'unknown policy', section: 'sender_group', row: 'public/A', field: 'hosts' }, { what: 'not here', field: 'domain' },
    ];
    const placed = placeProblems(problems, 'route', [domain, key('hosts', 'texts')]);
    expect([...placed.fields].map(([field, found]) => [field, found.map((one) => one.what)])).toEqual([['hosts', ['no such host']], ['domain', ['not here']]]);
    expect(placed.others.map((one) => one.what)).toEqual(['twice', 'unknown policy']);
});
test('values are shown in words', () => {
    expect(showValue('destination', tls, 'required', 'fr')).toBe('Obligatoire');
    expect(showValue('mail_flow_policy', size, '10485760', 'en')).toBe('10M');
    expect(showValue('route', domain, ['a.test', 'b.test'], 'en')).toBe('a.test, b.test');
    expect(showValue('mail_flow_policy', banner, '', 'fr')).toBe('(vide)');
    expect(showValue('masquerade', where, ['envelope'], 'en')).toBe('Envelope: MAIL FROM');
});

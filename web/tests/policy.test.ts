import { describe, expect, it } from 'vitest';
import type { Change, SenderVerdict } from '../portal/policy/api';
import { barWidth, countUntold, isOnlyMoved, sortChanges } from '../portal/policy/changes';
import type { KeyFacts } from '../portal/policy/fields';
import { flow_sections, groupKeys, sectionOf } from '../portal/policy/flow-sections';
import { french } from '../shared/french';
import { mergeDraft } from '../portal/policy/merge';
import { mergeOrder, moveEntry, orderOf, planMoves, takePlace, type Move, type Placed } from '../portal/policy/order';
import { countVerdicts, findMissingForms, insertBehind, isBareName, otherForm, sortVerdicts } from '../portal/policy/senders';
import { joinPath, splitPath } from '../portal/route';

const key = (name: string, type = 'text'): KeyFacts => ({ name, type, words: null, fallback: null, doc: '', required: false, least: null, most: null, inherits: true });
const verdict = (line: number, sender: string, result: SenderVerdict['result'] = 'ok'): SenderVerdict => ({ line, written: sender, sender, comment: '', result, note: '' });

describe('merging a form with what others did', () => {
    const keys = [key('tls'), key('comment'), key('max_recipients_per_message', 'number')];

    it('keeps what was typed and follows the others elsewhere', () => {
        const { draft, clash } = mergeDraft(keys, { tls: 'off', comment: 'old' }, { tls: 'required', comment: 'old' }, { tls: 'off', comment: 'new' });
        expect(draft).toEqual({ tls: 'required', comment: 'new' });
        expect(clash).toEqual([]);
    });

    it('names the keys that both changed', () => {
        const { draft, clash } = mergeDraft(keys, { tls: 'off' }, { tls: 'required' }, { tls: 'preferred' });
        expect(draft).toEqual({ tls: 'required' });
        expect(clash).toEqual(['tls']);
    });

    it('finds no clash where both wanted the same', () => {
        expect(mergeDraft(keys, { tls: 'off' }, { tls: 'required' }, { tls: 'required' }).clash).toEqual([]);
    });

    it('leaves out what was emptied here, and takes over what they added', () => {
        const { draft } = mergeDraft(keys, { comment: 'old' }, {}, { comment: 'old', max_recipients_per_message: 20 });
        expect(draft).toEqual({ max_recipients_per_message: '20' });
    });
});

describe('the order of sender groups', () => {
    const placed = (ids: string, numbers?: number[]) => [...ids].map((id, index) => ({ id, order: numbers?.[index] ?? index + 1 }));
    const play = (list: Placed[], moves: Move[]) => moves.reduce((now, { id, to }) => takePlace(now, id, to), list).map((one) => one.id).join('');

    it('is reached by its moves, whatever the order and the gaps between numbers', () => {
        for (const numbers of [[1, 2, 3, 4, 5], [10, 20, 30, 40, 50], [1, 2, 7, 8, 9]]) {
            for (const wanted of ['edcba', 'bcdea', 'eabcd', 'abcde', 'acbed', 'daceb']) {
                expect(play(placed('abcde', numbers), planMoves(placed('abcde', numbers), [...wanted]))).toBe(wanted);
            }
        }
    });

    it('needs one move for one group', () => {
        expect(planMoves(placed('abcd'), [...'dabc'])).toEqual([{ id: 'd', to: 1 }]);
        expect(planMoves(placed('abcd'), [...'bcda'])).toEqual([{ id: 'a', to: 4 }]);
        expect(planMoves(placed('ab'), [...'ab'])).toEqual([]);
    });

    it('makes room up to the first number that is free', () => {
        expect(takePlace(placed('abc', [1, 2, 5]), 'c', 1)).toEqual([{ id: 'c', order: 1 }, { id: 'a', order: 2 }, { id: 'b', order: 3 }]);
        expect(takePlace(placed('abc', [1, 4, 5]), 'c', 1).map((one) => one.order)).toEqual([1, 2, 4]);
    });

    it('goes by the number that counts, also where none is written', () => {
        expect(orderOf({ order: 12, values: {} }, 1)).toBe(12);
        expect(orderOf({ order: 12, values: { order: 3 } }, 1)).toBe(12);
        expect(orderOf({ values: { order: 3 } }, 1)).toBe(3);
        expect(orderOf({ values: {} }, 1)).toBe(2);
    });

    it('takes in what others added, and leaves out what they took away', () => {
        const merge = (wanted: string, present: string) => mergeOrder([...wanted], [...present]).join('');
        expect(merge('ba', 'nab')).toBe('nba');
        expect(merge('ba', 'anb')).toBe('ban');
        expect(merge('ba', 'abnm')).toBe('bnma');
        expect(merge('cba', 'ac')).toBe('ca');
        expect(merge('ba', 'ab')).toBe('ba');
        expect(merge('', 'ab')).toBe('ab');
        expect(play(placed('nab'), planMoves(placed('nab'), [...merge('ba', 'nab')]))).toBe('nba');
    });

    it('keeps a move within the list', () => {
        expect(moveEntry(['a', 'b', 'c'], 0, 9)).toEqual(['b', 'c', 'a']);
        expect(moveEntry(['a', 'b'], 5, 0)).toEqual(['a', 'b']);
    });
});

describe('pasted senders', () => {
    it('miss the other form of a domain', () => {
        expect([...findMissingForms([verdict(1, '.res.cisco.com'), verdict(2, 'acme.test'), verdict(3, '208.90.57.0/26')])]).toEqual([['.res.cisco.com', 'res.cisco.com'], ['acme.test', '.acme.test']]);
    });

    it('miss nothing when both forms are there, or the line was refused', () => {
        expect(findMissingForms([verdict(1, '.acme.test'), verdict(2, 'acme.test', 'duplicate')]).size).toBe(0);
        expect(findMissingForms([verdict(1, 'acme.test', 'refused')]).size).toBe(0);
    });

    it('are told apart: names, suffixes, addresses, ALL', () => {
        expect(['acme.test', '.acme.test', '10.1.1.1', '10.1.', 'ALL', 'dnslist[x.test]', 'localhost'].map(isBareName)).toEqual([true, false, false, false, false, false, false]);
        expect(otherForm('mx.acme.test')).toBe('.mx.acme.test');
        expect(otherForm('2001:db8::1')).toBeNull();
    });

    it('take another line behind theirs', () => {
        expect(insertBehind('a\nb', 1, 'x')).toBe('a\nx\nb');
    });

    it('show refused lines first', () => {
        const verdicts = [verdict(1, 'a.test'), verdict(2, 'b.test', 'duplicate'), verdict(3, 'c.test', 'refused'), verdict(4, 'd.test', 'refused')];
        expect(sortVerdicts(verdicts).map((one) => one.line)).toEqual([3, 4, 2, 1]);
        expect(countVerdicts(verdicts)).toEqual({ ok: 1, duplicate: 1, refused: 2 });
    });
});

describe('parameters of a policy', () => {
    it('stand in the section that administrators know', () => {
        const expected = {
            name: 'behavior', max_message_size: 'connections', banner_text: 'banner', max_recipients_per_hour_code: 'host_limits', max_recipients_per_sender: 'sender_limits',
            max_invalid_recipients_per_hour: 'harvest', drop_on_invalid_recipients: 'harvest', tls: 'security', tls_verify_client: 'security', auth: 'security', spf_fail: 'authentication',
            exception_table: 'verification', sender_dns: 'verification', sender_limit_exempt: 'sender_limits', some_new_parameter: 'other', authority: 'other',
        };
        expect(Object.fromEntries(Object.keys(expected).map((name) => [name, sectionOf(name)]))).toEqual(expected);
    });

    it('are all there, once each, unknown ones at the end', () => {
        const names = ['unheard_of', 'tls', 'name', 'banner_code', 'auth'];
        const groups = groupKeys(names.map((name) => ({ name })));
        expect(groups.map((one) => one.section)).toEqual(['behavior', 'banner', 'security', 'other']);
        expect(groups.flatMap((one) => one.keys.map((each) => each.name)).sort()).toEqual([...names].sort());
        expect(new Set(flow_sections).size).toBe(flow_sections.length);
    });
});

describe('changes to be committed', () => {
    const order = (before: number, after: number): Change['keys'] => [{ name: 'order', before, after }];
    const pushed: Change = { section: 'sender_group', row: 'public/B', label: 'B', kind: 'changed', keys: order(1, 2), senders: null };

    it('tell groups that were only pushed from those that were edited', () => {
        expect(isOnlyMoved(pushed)).toBe(true);
        expect(isOnlyMoved({ ...pushed, kind: 'moved', keys: [] })).toBe(true);
        expect(isOnlyMoved({ ...pushed, keys: [...order(1, 2), { name: 'policy', before: null, after: 'X' }] })).toBe(false);
        expect(isOnlyMoved({ ...pushed, kind: 'added' })).toBe(false);
        expect(isOnlyMoved({ ...pushed, senders: { added: ['a'], removed: [], added_count: 1, removed_count: 0 } })).toBe(false);
        expect(sortChanges([pushed, { ...pushed, kind: 'added' }])).toMatchObject({ main: [{ kind: 'added' }], moved: [{ kind: 'changed' }] });
    });

    it('say how much of a long list they leave out', () => {
        const list = Array.from({ length: 20 }, (_, index) => `host${index}.test`);
        expect(countUntold(list, 1000)).toBe(980);
        expect([countUntold(list, undefined), countUntold(null, 5), countUntold('a.test', 5), countUntold(list, 3)]).toEqual([0, 0, 0, 0]);
    });

    it('have bars that can be seen, and none for nothing', () => {
        expect(barWidth(0, 100)).toBe(0);
        expect(barWidth(1, 100_000)).toBe(1.5);
        expect(barWidth(50, 200)).toBe(25);
        expect(barWidth(5, 0)).toBe(0);
    });
});

describe('paths of the portal', () => {
    it('lead back to the parts that they were made of', () => {
        const path = joinPath('/portal/policies/hat', 'public', 'groups', 'Größe / 1');
        expect(splitPath(path, '/portal/policies/hat')).toEqual(['public', 'groups', 'Größe / 1']);
        expect(splitPath('/portal/policies/hatter', '/portal/policies/hat')).toBeNull();
        expect(splitPath('/portal/policies/hat', '/portal/policies/hat')).toEqual([]);
        expect(splitPath('/portal/policies/hat/%zz', '/portal/policies/hat')).toEqual(['%zz']);
    });
});

describe('French sentences', () => {
    it('do not break before their signs, made by functions or not', () => {
        const words = french({ ask: 'Supprimer ?', deep: { say: (name: string) => `« ${name} » : 5 %` } });
        expect(words.ask).toBe('Supprimer\u00a0?');
        expect(words.deep.say('A')).toBe('«\u00a0A\u00a0»\u00a0: 5\u00a0%');
    });
});

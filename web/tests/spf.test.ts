import { expect, test } from 'vitest';
import type { SpfNode, SpfStep } from '../portal/api';
import { adviseCommand, checkCommand, fillPlaces, findDecidingPath, looksLikeAddress, markTerms } from '../portal/spf';
import { spf_words } from '../portal/spf-words';

function node(term: string, lookups: number, inside: SpfNode[] = []): SpfNode {
    return { term, name: null, outcome: 'found', lookups, record: null, addresses: [], inside };
}
function step(depth: number, term: string, outcome: string): SpfStep {
    return { depth, domain: 'acme.test', term, asked: '', outcome, detail: '', lookups: 0 };
}

test('a record to publish shows the term that it gained', () => {
    const marks = markTerms('v=spf1 mx include:keys.test -all', 'v=spf1 mx -all', 'added').map((term) => term.mark);
    expect(marks).toEqual(['same', 'same', 'added', 'same']);
});
test('of a term that stood twice, one is shown as gone', () => {
    const marks = markTerms('v=spf1 a a -all', 'v=spf1 a include:keys.test -all', 'removed').map((term) => term.mark);
    expect(marks).toEqual(['same', 'same', 'removed', 'same']);
});
test('without another record nothing is marked', () => {
    expect(markTerms('v=spf1 -all', null, 'removed').every((term) => term.mark === 'same')).toBe(true);
});
test('lookups fill ten places, and what goes beyond is marked', () => {
    const few = fillPlaces(node('v=spf1', 3, [node('mx', 1), node('include:a.test', 2)]), 10);
    expect(few.filter((place) => place === null)).toHaveLength(7);
    expect(few[2]).toEqual({ term: 'include:a.test', over: false });
    const many = fillPlaces(node('v=spf1', 12, [node('include:a.test', 12)]), 10);
    expect(many).toHaveLength(12);
    expect(many.filter((place) => place?.over)).toHaveLength(2);
});
test('the path to a pass leads through the include that matched', () => {
    const trace = [step(0, 'v=spf1', 'pass'), step(0, 'mx', 'no_match'), step(0, 'include:a.test', 'match'), step(1, 'v=spf1', 'pass'), step(1, 'a', 'no_match'), step(1, 'ip4:192.0.2.0/24', 'match')];
    expect([...findDecidingPath(trace)].sort()).toEqual([0, 2, 3, 5]);
});
test('an include whose own all matched did not decide', () => {
    const trace = [step(0, 'v=spf1', 'fail'), step(0, 'include:a.test', 'no_match'), step(1, 'v=spf1', 'fail'), step(1, '-all', 'match'), step(0, '-all', 'match')];
    expect([...findDecidingPath(trace)].sort()).toEqual([0, 4]);
});
test('with no match at all the record itself decided', () => {
    expect([...findDecidingPath([step(0, 'v=spf1', 'neutral'), step(0, 'include:a.test', 'no_match'), step(1, 'v=spf1', 'fail'), step(1, '-all', 'match')])]).toEqual([0]);
});
test('the page names the commands that do the same', () => {
    expect(adviseCommand('acme.test', 'keys.test')).toBe('sealpost spf advise acme.test --include keys.test');
    expect(checkCommand('192.0.2.1', 'alice@acme.test', '')).toBe('sealpost spf check --ip 192.0.2.1 --helo acme.test --mail-from alice@acme.test');
    expect(checkCommand('192.0.2.1', "o'hara@acme.test", 'mx.acme.test')).toBe("sealpost spf check --ip 192.0.2.1 --helo mx.acme.test --mail-from 'o'\\''hara@acme.test'");
});
test('addresses are told from names', () => {
    expect(['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'].every(looksLikeAddress)).toBe(true);
    expect(['', 'mail.acme.test', '192.0.2.256', '192.0.2'].some(looksLikeAddress)).toBe(false);
});

test('French counts one and none in the singular, and sets its colons apart', () => {
    const { fr } = spf_words;
    expect(fr.count_label(1, 10)).toBe('1 recherche sur 10 utilisée');
    expect(fr.tree_costs(0)).toBe('0 recherche');
    expect(fr.tree_costs(2)).toBe('2 recherches');
    expect(fr.to_do).toBe('À faire\u00a0:');
});

test('what changes is not said to be none for the worse when strangers meet the void limit', () => {
    for (const words of [spf_words.en, spf_words.fr]) {
        expect(words.proof_said(40, 2, 3, 0)).toMatch(/none for the worse|aucun en moins bien/);
        expect(words.proof_said(40, 2, 3, 8)).not.toMatch(/for the worse|en moins bien/);
        expect(words.proof_at_limit(8)).toContain('8');
    }
});

import { expect, test } from 'vitest';
import { Problem } from '../shared/problem';
import { cleanDomain } from '../shared/tls/domain-name';
import { dane_looks, lookOfSts } from '../shared/tls/extras';
import type { LiveTest } from '../shared/tls/facts';
import { followTest, progressOf } from '../shared/tls/progress';
import { nameVerdict, standingOf } from '../shared/tls/standing';
import { tls_words } from '../shared/tls/words';

const host: LiveTest['hosts'][number] = { mx: 'mx1.acme.test', preference: 10, address: '192.0.2.1', verdict: 'ok', detail: '', fix: '', protocol: 'TLSv1.3', cipher: '', chain: [], faulty: null, missing_issuer: null, missing_issuer_url: null };
const state = (count: number, more: Partial<LiveTest> = {}): LiveTest => ({
    id: 'k', domain: 'acme.test', state: 'running', started: '', expected: 4, hosts: Array.from({ length: count }, () => host), ready: null, problem: null, problem_detail: null, dane: null, mta_sts: null, ...more,
});
const pace = { pause: async () => {}, is_stopped: () => false };

/** Answers one after the other, and tells what was shown. */
async function follow(answers: (LiveTest | Error)[], more = {}) {
    const shown: number[] = [];
    const next = async () => {
        const answer = answers.shift();
        if (!answer || answer instanceof Error) throw answer ?? new Error('asked too often');
        return answer;
    };
    const end = await followTest({ start: next, look: next }, (test) => shown.push(test.hosts.length), { ...pace, ...more });
    return { end, shown };
}

test('progress is a count until it is known how much there is', () => {
    expect(progressOf(state(3))).toMatchObject({ tested: 3, expected: 4, part: 0.75, newest: host });
    expect(progressOf(state(0, { expected: null }))).toMatchObject({ tested: 0, expected: null, part: null, newest: null });
});
test('a host that was not asked is called neither good nor bad', () => {
    const silent: LiveTest['hosts'][number] = { ...host, verdict: 'unreachable' };
    expect([host, silent, { ...silent, asked: true }, { ...silent, asked: false }].map(standingOf)).toEqual(['good', 'bad', 'bad', 'unknown']);
    expect(nameVerdict({ ...silent, asked: false }, tls_words.en)).toBe('Not asked');
    expect(nameVerdict(silent, tls_words.fr)).toBe(tls_words.fr.verdicts.unreachable);
});
test('a test is followed, host by host, until it is done', async () => {
    const { end, shown } = await follow([state(0), state(1), state(4, { state: 'done', ready: true })]);
    expect(shown).toEqual([0, 1, 4]);
    expect(end?.ready).toBe(true);
});
test('an answer that fails to come is asked for again', async () => {
    const { shown } = await follow([state(0), new Problem('unreachable', 0), new Problem('try-later', 503), state(4, { state: 'done' })]);
    expect(shown.at(-1)).toBe(4);
});
test('a refusal ends it at once, and silence in the end', async () => {
    await expect(follow([new Problem('too-many-requests', 429)])).rejects.toMatchObject({ kind: 'too-many-requests' });
    await expect(follow([state(0), new Problem('not-found', 404)])).rejects.toMatchObject({ kind: 'not-found' });
    await expect(follow([state(0), ...Array.from({ length: 30 }, () => new Problem('unreachable', 0))])).rejects.toMatchObject({ kind: 'unreachable' });
});
test('nobody follows a test that nobody looks at', async () => {
    const { end, shown } = await follow([state(0)], { is_stopped: () => true });
    expect([end, shown]).toEqual([null, []]);
});
test('a domain is found in what people paste', () => {
    expect(['Acme.test.', 'postmaster@acme.test', 'https://acme.test/contact', ' acme.test '].map(cleanDomain)).toEqual(Array.from({ length: 4 }, () => 'acme.test'));
});
test('what is not published is no fault', () => {
    expect([dane_looks.none, dane_looks.unsigned, lookOfSts({ status: 'none', mode: null })]).toEqual(['none', 'none', 'none']);
    expect([dane_looks.invalid, dane_looks.failed, lookOfSts({ status: 'problem', mode: 'enforce' })]).toEqual(['bad', 'bad', 'bad']);
});

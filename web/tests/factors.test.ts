import { afterEach, expect, test, vi } from 'vitest';
import { AdminClient } from '../portal/api';
import { admin } from '../portal/context';
import { describeCodeProblem, enter, enterWithCode } from '../portal/entrance';
import { beginApp, confirmApp } from '../portal/own/api';
import { own_words } from '../portal/own/words';
import { Problem } from '../shared/problem';
import { digitsOfApp } from '../shared/factors/code-form';
import { describeDays, groupsOf } from '../shared/factors/set-up';

afterEach(() => vi.unstubAllGlobals());

interface Sent {
    path: string;
    method: string | undefined;
    csrf: string | null;
    body: unknown;
}

/** Answers each call with the next of these. */
function answerWith(...answers: [status: number, body: object][]): Sent[] {
    const sent: Sent[] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
        sent.push({ path, method: init.method, csrf: new Headers(init.headers).get('X-CSRF-Token'), body: init.body ? JSON.parse(String(init.body)) : null });
        const [status, body] = answers[sent.length - 1] ?? [500, {}];
        return new Response(JSON.stringify(body), { status });
    });
    return sent;
}

test('the password is sent once more, with the code, when a second factor is asked for', async () => {
    const sent = answerWith([403, { type: 'urn:sealpost:problem:needs-second-factor' }], [200, { name: 'ada', csrf: 'c' }], [200, { name: 'ada', csrf: 'c' }]);
    const client = new AdminClient();
    const given = { name: ' ada ', password: 'secret' };
    expect(await enter(client, given)).toBe(null);
    expect(client.token()).toBe(null);
    await enterWithCode(client, given, { totp: '123456' });
    await enterWithCode(client, given, { recovery_code: 'abcd-efgh' });
    expect(sent.map((one) => one.body)).toEqual([
        { name: 'ada', password: 'secret' }, { name: 'ada', password: 'secret', totp: '123456' }, { name: 'ada', password: 'secret', recovery_code: 'abcd-efgh' },
    ]);
    expect(client.token()).toBe('c');
});

test('who needs no second factor is in at once, and another problem stays one', async () => {
    answerWith([200, { name: 'mia', csrf: 'c' }], [403, { type: 'urn:sealpost:problem:wrong-password' }]);
    const client = new AdminClient();
    expect(await enter(client, { name: 'mia', password: 'secret' })).toMatchObject({ name: 'mia' });
    await expect(enter(client, { name: 'mia', password: 'wrong' })).rejects.toMatchObject({ kind: 'wrong-password' });
});

test('a code of the app that cannot be checked leads to the recovery codes, which need no key', () => {
    const words = own_words.en;
    expect(describeCodeProblem(new Problem('try-later', 503), 'totp', words)).toBe(words.app_later);
    expect(describeCodeProblem(new Problem('try-later', 503), 'recovery_code', words)).toBe(null);
    expect(describeCodeProblem(new Problem('other-node', 409), 'totp', words)).toBe(words.other_node);
    expect(describeCodeProblem(new Problem('too-many-requests', 429), 'totp', words)).toBe(null);
});

test('the first code of an app gives the session another token for changes', async () => {
    admin.remember({ name: 'ada', csrf: 'before' });
    const sent = answerWith([200, { secret: 'ABCD', uri: 'otpauth://totp/keys.test:ada' }], [200, { name: 'ada', csrf: 'after', second_factor: true }]);
    await beginApp();
    await confirmApp('123456');
    expect(sent).toEqual([
        { path: '/api/v1/admin/totp', method: 'POST', csrf: 'before', body: null }, { path: '/api/v1/admin/totp', method: 'PUT', csrf: 'before', body: { code: '123456' } },
    ]);
    expect(admin.token()).toBe('after');
});

test('a code is its six digits however it was typed, and a key is shown in groups of four', () => {
    expect([digitsOfApp('123 456'), digitsOfApp(' 12-34-56 78'), digitsOfApp('abc')]).toEqual(['123456', '123456', '']);
    expect(groupsOf('ABCDEFGHIJ')).toBe('ABCD EFGH IJ');
});

test('the days of an app are told in the language of the page', () => {
    const app = { added_at: '2027-03-03T12:00:00Z', last_used_at: null };
    expect(describeDays(app, 'en')).toMatch(/^added .*2027$/);
    expect(describeDays({ ...app, last_used_at: '2027-03-05T12:00:00Z' }, 'fr')).toMatch(/^ajoutée le .*2027, dernière utilisation le .*2027$/);
});

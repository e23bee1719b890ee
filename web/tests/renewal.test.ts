import { afterEach, expect, test, vi } from 'vitest';
import { AdminClient, type Administrator } from '../portal/api';
import { enter, enterWithCode } from '../portal/entrance';
import { makeRenewal } from '../portal/renewal';
import { ServiceClient, type Session } from '../reader/api';
import { ask, renewWith } from '../shared/http';

const problem = (status: number, kind: string) => new Response(JSON.stringify({ type: `urn:sealpost:problem:${kind}`, status }), { status });
const json = (value: unknown) => new Response(JSON.stringify(value), { status: 200 });

/** A service with one session at a time, which another tab may end or begin anew. */
function startService(session: { administrator?: Administrator; person?: Session }) {
    const taken: string[] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('fetch', async (path: string, { method, headers }: { method: string; headers: Headers }) => {
        if (path === '/api/v1/admin/session') return json(session.administrator ?? { name: null });
        if (path === '/api/v1/session' && method === 'GET') return json(session.person ?? { person: null });
        const csrf = session.administrator?.csrf ?? session.person?.csrf;
        if (!csrf) return problem(401, 'not-signed-in');
        if (headers.get('X-CSRF-Token') !== csrf) return problem(403, 'not-allowed');
        taken.push(`${path} ${csrf}`);
        return json({});
    });
    return { session, taken };
}

const anna = (csrf: string): Administrator => ({ name: 'anna', csrf });
const bob = (csrf: string): Session => ({ person: { addresses: ['bob@partner.test'], language: 'en', has_password: false, factors: { passkeys: 0, totp: false, recovery_codes: 0 } }, csrf });

afterEach(() => {
    renewWith(null);
    vi.unstubAllGlobals();
});

async function atWork(service: ReturnType<typeof startService>, next: Administrator) {
    const client = new AdminClient();
    const asked: string[] = [];
    await client.whoAmI();
    renewWith(makeRenewal(client, {
        name: () => 'anna',
        signInAgain: async () => {
            asked.push('sign in');
            service.session.administrator = next;
            return next;
        },
        changeTo: (other) => asked.push(`page of ${other.name}`),
    }));
    return { client, asked };
}

test('calls that meet the end of a session are made once it was begun again, after one sign-in', async () => {
    const service = startService({ administrator: anna('one') });
    const { client, asked } = await atWork(service, anna('two'));
    delete service.session.administrator;
    const edit = () => ask('/api/v1/policy/edit', { method: 'POST', json: {}, csrf: client.token() });
    await Promise.all([edit(), edit()]);
    expect(service.taken).toEqual(['/api/v1/policy/edit two', '/api/v1/policy/edit two']);
    expect(asked).toEqual(['sign in']);
});

test('a session that another tab began is used without asking', async () => {
    const service = startService({ administrator: anna('one') });
    const { client, asked } = await atWork(service, anna('two'));
    service.session.administrator = anna('two');
    await ask('/api/v1/policy/edit', { method: 'POST', json: {}, csrf: client.token() });
    expect(service.taken).toEqual(['/api/v1/policy/edit two']);
    expect(asked).toEqual([]);
});

test('nobody’s change is made in the name of another administrator', async () => {
    const service = startService({ administrator: anna('one') });
    const { client, asked } = await atWork(service, { name: 'ben', csrf: 'two' });
    delete service.session.administrator;
    await expect(ask('/api/v1/policy/edit', { method: 'POST', json: {}, csrf: client.token() })).rejects.toMatchObject({ kind: 'not-signed-in' });
    expect(service.taken).toEqual([]);
    expect(asked).toEqual(['sign in', 'page of ben']);
});

test('signing in again with a second factor waits for no sign-in of its own, also when it meets the end of a session', async () => {
    const path = '/api/v1/admin/session';
    const answers = [problem(403, 'needs-second-factor'), problem(401, 'not-signed-in'), json(anna('two'))];
    const service = startService({ administrator: anna('one') });
    const other_calls = fetch;
    const sent: unknown[] = [];
    vi.stubGlobal('fetch', async (at: string, init: RequestInit) => {
        if (at !== path || init.method !== 'POST') return other_calls(at, init);
        sent.push(JSON.parse(String(init.body)));
        const answer = answers.shift() ?? problem(500, 'our-fault');
        if (answer.ok) service.session.administrator = anna('two');
        return answer;
    });
    const client = new AdminClient();
    await client.whoAmI();
    const given = { name: 'anna', password: 'secret' };
    let doors = 0;
    renewWith(makeRenewal(client, {
        name: () => 'anna',
        signInAgain: async () => {
            doors += 1;
            expect(await enter(client, given)).toBe(null);
            await expect(enterWithCode(client, given, { totp: '123456' })).rejects.toMatchObject({ kind: 'not-signed-in' });
            return enterWithCode(client, given, { totp: '654321' });
        },
        changeTo: () => {},
    }));
    delete service.session.administrator;
    await ask('/api/v1/policy/edit', { method: 'POST', json: {}, csrf: client.token() });
    expect(service.taken).toEqual(['/api/v1/policy/edit two']);
    expect(doors).toBe(1);
    expect(sent).toEqual([given, { ...given, totp: '123456' }, { ...given, totp: '654321' }]);
});

function reading(service: ReturnType<typeof startService>) {
    const client = new ServiceClient();
    renewWith((found, call) => client.renew(found, call));
    return { client, load: () => client.session(), service };
}

test('two tabs of one reader: who has signed in in the other opens and replies in this one', async () => {
    const { client, load, service } = reading(startService({}));
    await load();
    service.session.person = bob('one');
    await client.release('a');
    service.session.person = bob('two');
    await client.release('a');
    expect(service.taken).toEqual(['/api/v1/open/a/release one', '/api/v1/open/a/release two']);
});

test('a page of one person does nothing in the name of another', async () => {
    const { client, load, service } = reading(startService({ person: bob('one') }));
    await load();
    service.session.person = { person: { addresses: ['carol@partner.test'], language: 'en', has_password: false, factors: { passkeys: 0, totp: false, recovery_codes: 0 } }, csrf: 'two' };
    for (const _ of ['once', 'and again']) await expect(client.choosePassword('a long password')).rejects.toMatchObject({ kind: 'not-allowed' });
    expect(service.taken).toEqual([]);
});

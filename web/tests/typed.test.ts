import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import type { paths as policy_paths } from '../generated/policy';
import type { paths } from '../generated/service';
import { finding_states, sections, type DoctorFinding } from '../portal/doctor/doctor';
import { service, type Schemas } from '../shared/service';
import { chain_verdicts, failure_choices, host_verdicts, type ChainVerdict } from '../shared/tls/facts';
import { callsOf, type Answer, type Operation } from '../shared/typed';
import { envelope_reasons } from '../tls/api';

afterEach(() => vi.unstubAllGlobals());

const policy = callsOf<policy_paths>();

/** A service that gives the same answer to everything; what was sent to it. */
function stubService(answer: BodyInit | null, status = 200) {
    const sent: { line: string; headers: Headers; body: unknown }[] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('fetch', async (path: string, { method, headers, body }: RequestInit) => {
        sent.push({ line: `${method} ${path}`, headers: new Headers(headers), body });
        return new Response(answer, { status });
    });
    return sent;
}

test('parameters of a path are encoded, so that none reaches another call', async () => {
    const sent = stubService('{}');
    await service.ask('GET', '/api/v1/open/{ref}', { path: { ref: '../a b?c#d' } });
    await service.ask('GET', '/api/v1/admin/domains/{domain}/tests/{id}', { path: { domain: 'bücher.test', id: '{domain}' } });
    expect(sent.map((one) => one.line)).toEqual(['GET /api/v1/open/..%2Fa%20b%3Fc%23d', 'GET /api/v1/admin/domains/b%C3%BCcher.test/tests/%7Bdomain%7D']);
});
test('a query has what is given, and none is no question mark', async () => {
    const sent = stubService('{}');
    await policy.ask('GET', '/api/v1/policy/sections/{section}', { path: { section: 'route' }, query: { listener: undefined, staged: false } });
    await policy.ask('GET', '/api/v1/policy/find-senders', { query: { text: 'a&b=c', listener: '' } });
    await policy.ask('GET', '/api/v1/policy/history', { query: { before: undefined } });
    expect(sent.map((one) => one.line)).toEqual(['GET /api/v1/policy/sections/route?staged=false', 'GET /api/v1/policy/find-senders?text=a%26b%3Dc&listener=', 'GET /api/v1/policy/history']);
});
test('a body goes as JSON, with the token of the session', async () => {
    const sent = stubService('{"challenge":"c","reference":"AMBER-RIVER","expires_at":""}', 202);
    const challenge = await service.ask('POST', '/api/v1/codes', { json: { address: 'bob@partner.test', language: 'fr', ref: undefined }, csrf: 'token' });
    expect(challenge.reference).toBe('AMBER-RIVER');
    const [call] = sent;
    expect([call?.line, call?.headers.get('Content-Type'), call?.headers.get('X-CSRF-Token')]).toEqual(['POST /api/v1/codes', 'application/json', 'token']);
    expect(JSON.parse(String(call?.body))).toEqual({ address: 'bob@partner.test', language: 'fr' });
});
test('a form goes as it is, under its key', async () => {
    const sent = stubService('{}', 202);
    const form = new FormData();
    await service.ask('POST', '/api/v1/open/{ref}/replies', { path: { ref: 'a' }, form, key: 'once', csrf: null });
    expect([sent[0]?.body, sent[0]?.headers.get('Idempotency-Key'), sent[0]?.headers.has('X-CSRF-Token')]).toEqual([form, '"once"', false]);
});
test('an empty answer is nothing, whatever its status', async () => {
    stubService(null, 204);
    expect(await service.ask('DELETE', '/api/v1/session', { csrf: null })).toBeUndefined();
    stubService('', 202);
    expect(await service.ask('POST', '/api/v1/admin/deliveries/{id}/release', { path: { id: '1-0' }, csrf: null })).toBeUndefined();
});
test('what is no JSON comes as a response', async () => {
    stubService('[[route]]\n');
    expect(await (await policy.request('GET', '/api/v1/policy/export')).text()).toBe('[[route]]\n');
});

test('answers have the types of the document', () => {
    expectTypeOf<Answer<Operation<paths, 'GET', '/api/v1/open/{ref}'>>>().toEqualTypeOf<Schemas['EnvelopeCard']>();
    expectTypeOf<Answer<Operation<paths, 'POST', '/api/v1/admin/domains'>>>().toEqualTypeOf<Schemas['Domain']>();
    expectTypeOf<Answer<Operation<paths, 'DELETE', '/api/v1/session'>>>().toEqualTypeOf<void>();
    expectTypeOf<Answer<Operation<paths, 'GET', '/api/v1/open/{ref}/content'>>>().toEqualTypeOf<never>();
});
test('lists that pages go through have every word of the document', () => {
    expectTypeOf<(typeof host_verdicts)[number]>().toEqualTypeOf<Schemas['HostVerdict']>();
    expectTypeOf<(typeof chain_verdicts)[number]>().toEqualTypeOf<ChainVerdict>();
    expectTypeOf<(typeof failure_choices)[number]>().toEqualTypeOf<Schemas['OnFailure']>();
    expectTypeOf<(typeof envelope_reasons)[number]>().toEqualTypeOf<Schemas['EnvelopeReason']>();
    expectTypeOf<(typeof sections)[number]>().toEqualTypeOf<DoctorFinding['section']>();
    expectTypeOf<(typeof finding_states)[number]>().toEqualTypeOf<DoctorFinding['state']>();
});

/** Never called: each line must be refused by the compiler. */
export function refused(): void {
    // @ts-expect-error no such path
    void service.ask('GET', '/api/v1/nothing');
    // @ts-expect-error another document's path
    void policy.ask('GET', '/api/v1/session');
    // @ts-expect-error a path without this method
    void service.ask('DELETE', '/api/v1/codes', { csrf: null });
    // @ts-expect-error a path that is written out
    void service.ask('GET', '/api/v1/open/abc');
    // @ts-expect-error no path parameter
    void service.ask('GET', '/api/v1/open/{ref}');
    // @ts-expect-error another path parameter
    void service.ask('GET', '/api/v1/open/{ref}', { path: { id: 'a' } });
    // @ts-expect-error a section that is none
    void policy.ask('GET', '/api/v1/policy/sections/{section}', { path: { section: 'routes' } });
    // @ts-expect-error a query that is not known
    void policy.ask('GET', '/api/v1/policy/history', { query: { after: 1 } });
    // @ts-expect-error a query of another type
    void service.ask('GET', '/api/v1/admin/envelopes', { query: { page: 'first' } });
    // @ts-expect-error a query that is needed
    void policy.ask('GET', '/api/v1/policy/find-senders', { query: { listener: 'public' } });
    // @ts-expect-error no body
    void service.ask('POST', '/api/v1/codes', { csrf: null });
    // @ts-expect-error a body without what is required
    void service.ask('POST', '/api/v1/codes', { json: { language: 'en' }, csrf: null });
    // @ts-expect-error a body with a word that is not known
    void service.ask('PUT', '/api/v1/me/language', { json: { language: 'de' }, csrf: null });
    // @ts-expect-error a body with more than is known
    void service.ask('PUT', '/api/v1/me/language', { json: { language: 'fr', always: true }, csrf: null });
    // @ts-expect-error a body where none is taken
    void service.ask('POST', '/api/v1/me/totp', { json: {}, csrf: null });
    // @ts-expect-error JSON where a form is taken
    void service.ask('POST', '/api/v1/open/{ref}/replies', { path: { ref: 'a' }, json: {}, csrf: null });
    // @ts-expect-error the token of the session is forgotten
    void service.ask('POST', '/api/v1/me/totp');
    // @ts-expect-error a token where none is looked at
    void service.ask('GET', '/api/v1/session', { csrf: 'token' });
    // @ts-expect-error a key where none is looked at
    void service.ask('POST', '/api/v1/me/totp', { key: 'once', csrf: null });
}

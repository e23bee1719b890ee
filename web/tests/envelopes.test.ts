import { afterEach, expect, test, vi } from 'vitest';
import { actionsOf, isLater, localTimeOf, utcTimeOf } from '../shared/envelopes/envelope';
import { AdminClient } from '../portal/api';

afterEach(() => vi.unstubAllGlobals());

test('what can be done with an envelope follows from its state', () => {
    for (const side of ['account', 'sender'] as const) {
        expect(actionsOf({ state: 'open', locked_by: null }, side)).toEqual(['lock', 'expiry', 'recall']);
        expect(actionsOf({ state: 'locked', locked_by: 'sender' }, side)).toEqual(['unlock', 'expiry', 'recall']);
        for (const state of ['expired', 'erased'] as const) expect(actionsOf({ state, locked_by: null }, side)).toEqual([]);
    }
});
test('what the organisation has locked is unlocked by the organisation alone', () => {
    expect(actionsOf({ state: 'locked', locked_by: 'account' }, 'account')).toEqual(['unlock', 'expiry', 'recall']);
    expect(actionsOf({ state: 'locked', locked_by: 'account' }, 'sender')).toEqual([]);
});
test('a later expiry is told from an earlier one', () => {
    expect(isLater('2027-02-22T08:15:01Z', '2027-02-22T08:15:00Z')).toBe(true);
    expect(isLater('2027-02-22T08:15:00Z', '2027-02-22T08:15:00.000Z')).toBe(false);
});
test('a time goes through the field as it came, to the minute', () => {
    const now = Date.parse('2026-11-28T12:00:00Z');
    expect(utcTimeOf(localTimeOf('2027-02-22T08:15:00Z'), now)).toBe('2027-02-22T08:15:00Z');
    expect(localTimeOf('soon')).toBe('');
});
test('no expiry is taken that would destroy the key at once', () => {
    const now = Date.parse('2026-11-28T12:00:00Z');
    for (const text of ['', 'soon', localTimeOf('2026-11-28T12:00:00Z'), localTimeOf('2026-01-01T00:00:00Z')]) expect(utcTimeOf(text, now), text).toBe(null);
});
test('each action is a call of its own', async () => {
    const sent: string[] = [];
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
        sent.push(`${init.method} ${path} ${init.body ?? ''}`);
        return new Response(null, { status: 204 });
    });
    const admin = new AdminClient();
    await admin.lockEnvelope('abc', 'Wrong version');
    await admin.unlockEnvelope('abc');
    await admin.changeEnvelopeExpiry('abc', '2027-02-22T08:15:00Z');
    await admin.recallEnvelope('a/c');
    expect(sent).toEqual([
        'POST /api/v1/admin/envelopes/abc/lock {"reason":"Wrong version"}', 'POST /api/v1/admin/envelopes/abc/unlock ',
        'POST /api/v1/admin/envelopes/abc/expiry {"expires_at":"2027-02-22T08:15:00Z"}', 'POST /api/v1/admin/envelopes/a%2Fc/recall ',
    ]);
});

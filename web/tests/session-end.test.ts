import { expect, test, vi } from 'vitest';
import type { Session } from '../reader/api';
import { openChannel, SessionClock } from '../reader/session-end';

/** Two tabs of one browser, and the hands of its clock. */
function makeTabs() {
    const channels: { onmessage: ((event: MessageEvent) => void) | null; postMessage(data: unknown): void }[] = [];
    let now = 1_000_000;
    const makeTab = () => {
        const channel = {
            onmessage: null as ((event: MessageEvent) => void) | null,
            postMessage: (data: unknown) => channels.filter((one) => one !== channel).forEach((one) => one.onmessage?.({ data } as MessageEvent)),
        };
        channels.push(channel);
        return new SessionClock(channel as unknown as BroadcastChannel, () => now);
    };
    return { tab: makeTab(), other: makeTab(), pass: (seconds: number) => (now += seconds * 1000) };
}

const session = (seconds_left: number, csrf = 'mine'): Session => ({
    person: { addresses: ['bob@partner.test'], language: 'en', has_password: false, factors: { passkeys: 0, totp: false, recovery_codes: 0 } }, csrf, assurance: 'mailbox', idle_seconds: 900, seconds_left,
});

test('a browser that denies channels gets one that nobody hears', () => {
    vi.stubGlobal('BroadcastChannel', class {
        constructor() {
            throw new Error('SecurityError');
        }
    });
    const clock = new SessionClock(openChannel('x'));
    vi.unstubAllGlobals();
    clock.hear(session(43_200));
    expect(clock.has_ended()).toBe(false);
});
test('a session ends when nothing was asked for its idle time', () => {
    const { tab, pass } = makeTabs();
    expect(tab.has_ended()).toBe(false);
    tab.hear(session(43_200));
    pass(899);
    expect(tab.has_ended()).toBe(false);
    pass(1);
    expect(tab.has_ended()).toBe(true);
});
test('it ends after its whole time however busy it was', () => {
    const { tab, pass } = makeTabs();
    tab.hear(session(1000));
    pass(600);
    tab.hear(session(400));
    pass(400);
    expect(tab.has_ended()).toBe(true);
});
test('what another tab asks in the same session counts, in another session it does not', () => {
    const { tab, other, pass } = makeTabs();
    tab.hear(session(43_200));
    pass(600);
    other.hear(session(42_600));
    pass(600);
    expect(tab.has_ended()).toBe(false);
    other.hear(session(43_200, 'of-somebody-else'));
    pass(300);
    expect(tab.has_ended()).toBe(true);
});
const carol: Session = { ...session(43_200, 'of-carol'), person: { ...session(1).person!, addresses: ['carol@partner.test'] } };
test('who signs out in one tab has signed out in all of them, at once', () => {
    const { tab, other } = makeTabs();
    const look = vi.fn();
    const unwatch = tab.watch(look);
    tab.hear(session(43_200));
    other.hear(session(43_200));
    expect(look).not.toHaveBeenCalled();
    other.hear({ person: null });
    expect(look).toHaveBeenCalledOnce();
    expect([tab.has_ended(), other.has_ended()]).toEqual([true, false]);
    tab.hear(session(43_200, 'a new one'));
    expect(tab.has_ended()).toBe(false);
    unwatch();
    other.hear(session(43_200, 'a new one'));
    other.hear({ person: null });
    expect(look).toHaveBeenCalledOnce();
});
test('so it is where somebody else signs in, and not where the same person does once more', () => {
    const { tab, other } = makeTabs();
    tab.hear(session(43_200));
    other.hear(session(43_200));
    other.hear(session(43_200, 'after the password'));
    expect(tab.has_ended()).toBe(false);
    other.hear(carol);
    expect(tab.has_ended()).toBe(true);
});
test('another person’s end says nothing of one’s own', () => {
    const { tab, other } = makeTabs();
    tab.hear(session(43_200));
    other.hear(carol);
    other.hear({ person: null });
    expect(tab.has_ended()).toBe(false);
});
test('who is not signed in has no session that ends', () => {
    const { tab, pass } = makeTabs();
    tab.hear(session(43_200));
    tab.hear({ person: null });
    pass(100_000);
    expect(tab.has_ended()).toBe(false);
});

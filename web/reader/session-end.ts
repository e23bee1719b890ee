// When the session ends, told without asking: a question to the service would be activity and keep it alive. What other
// tabs ask in the same session counts, and so does what ends it there, such as a sign-out; they tell each other.

import { useEffect, useState } from 'preact/hooks';
import type { Session } from './api';

interface Known {
    csrf: string;
    addresses: readonly string[];
    idle_ms: number;
    /** The end, whatever is done. */
    last_ms: number;
    active_ms: number;
}

/** Of a session that is over, whose it was: a step up to another assurance gives it another token, of which other tabs know nothing. */
type Heard = { csrf: string; active_ms: number } | { ended: readonly string[] };

type Channel = Pick<BroadcastChannel, 'onmessage' | 'postMessage'>;

/** To the other tabs; to nobody in a browser that keeps nothing for this site and so has no channels for it. */
export function openChannel(name: string): Channel {
    try {
        return new BroadcastChannel(name);
    } catch {
        return { onmessage: null, postMessage: () => {} };
    }
}

export class SessionClock {
    private known: Known | null = null;
    private is_over = false;
    private readonly watchers = new Set<() => void>();

    constructor(private readonly channel: Channel, private readonly now: () => number = Date.now) {
        channel.onmessage = ({ data }: MessageEvent<Heard>) => {
            if (!this.known) return;
            if ('ended' in data) this.end(data.ended);
            else if (this.known.csrf === data.csrf) this.known.active_ms = Math.max(this.known.active_ms, data.active_ms);
        };
    }

    private end(addresses: readonly string[]): void {
        if (!this.known?.addresses.some((address) => addresses.includes(address))) return;
        this.is_over = true;
        for (const look of this.watchers) look();
    }

    /** `look` is called when another tab ends the session, until what this gives is called. */
    watch(look: () => void): () => void {
        this.watchers.add(look);
        return () => void this.watchers.delete(look);
    }

    /** What the service has just answered about the session. */
    hear(session: Session): void {
        const { person, csrf, idle_seconds, seconds_left } = session;
        const before = this.known;
        // A browser has one session: where somebody else signs in, or nobody is any more, the other tabs have lost theirs, too.
        const is_another = before !== null && !person?.addresses.some((address) => before.addresses.includes(address));
        if (is_another) this.channel.postMessage({ ended: before.addresses } satisfies Heard);
        this.is_over = false;
        if (!person || !csrf || idle_seconds === undefined || seconds_left === undefined) {
            this.known = null;
            return;
        }
        const active_ms = this.now();
        this.known = { csrf, addresses: person.addresses, idle_ms: idle_seconds * 1000, last_ms: active_ms + seconds_left * 1000, active_ms };
        this.channel.postMessage({ csrf, active_ms } satisfies Heard);
    }

    has_ended(): boolean {
        const { known } = this;
        return known !== null && (this.is_over || this.now() >= Math.min(known.active_ms + known.idle_ms, known.last_ms));
    }
}

const look_every_ms = 1000;

/** Stays true until `resume`: another session in another tab says nothing about who sits here. */
export function useSessionEnd(clock: SessionClock | null): { is_over: boolean; resume(): void } {
    const [is_over, mark] = useState(false);
    useEffect(() => {
        if (is_over || !clock) return;
        const look = () => mark(clock.has_ended());
        const timer = setInterval(look, look_every_ms);
        const unwatch = clock.watch(look);
        // A machine that slept wakes up with the page as it was.
        document.addEventListener('visibilitychange', look);
        addEventListener('focus', look);
        return () => {
            clearInterval(timer);
            unwatch();
            document.removeEventListener('visibilitychange', look);
            removeEventListener('focus', look);
        };
    }, [is_over, clock]);
    return { is_over, resume: () => mark(false) };
}

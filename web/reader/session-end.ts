// When the session ends, told without asking: a question to the service would be activity and keep it alive. What other
// tabs ask in the same session counts; they tell each other.

import { useEffect, useState } from 'preact/hooks';
import type { Session } from './api';

interface Known {
    csrf: string;
    idle_ms: number;
    /** The end, whatever is done. */
    last_ms: number;
    active_ms: number;
}

interface Heard {
    csrf: string;
    active_ms: number;
}

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

    constructor(private readonly channel: Channel, private readonly now: () => number = Date.now) {
        channel.onmessage = ({ data }: MessageEvent<Heard>) => {
            if (this.known && this.known.csrf === data.csrf) this.known.active_ms = Math.max(this.known.active_ms, data.active_ms);
        };
    }

    /** What the service has just answered about the session. */
    hear(session: Session): void {
        const { person, csrf, idle_seconds, seconds_left } = session;
        if (!person || !csrf || idle_seconds === undefined || seconds_left === undefined) {
            this.known = null;
            return;
        }
        const active_ms = this.now();
        this.known = { csrf, idle_ms: idle_seconds * 1000, last_ms: active_ms + seconds_left * 1000, active_ms };
        this.channel.postMessage({ csrf, active_ms } satisfies Heard);
    }

    has_ended(): boolean {
        const { known } = this;
        return known !== null && this.now() >= Math.min(known.active_ms + known.idle_ms, known.last_ms);
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
        // A machine that slept wakes up with the page as it was.
        document.addEventListener('visibilitychange', look);
        addEventListener('focus', look);
        return () => {
            clearInterval(timer);
            document.removeEventListener('visibilitychange', look);
            removeEventListener('focus', look);
        };
    }, [is_over, clock]);
    return { is_over, resume: () => mark(false) };
}

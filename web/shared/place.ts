// Where a page of many views is: changed without loading it anew, and by the browser's back and forward. None of them
// leaves unasked what was typed.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useTongue } from './tongue';
import { mayLeave } from './unsaved';

/** How many entries of the history lie before this one; null for one that nobody numbered. */
function numberOf(state: unknown): number | null {
    const number = (state as { at?: unknown } | null)?.at;
    return typeof number === 'number' ? number : null;
}

/** `read` tells the place from the address. */
export function usePlace(read: () => string): { place: string; go(target: string): void } {
    const { shared } = useTongue();
    const [place, setPlace] = useState(read);
    // What the listener below, which stays, must know as it is now.
    const now = useRef({ place, question: '', at: 0 });
    now.current.place = place;
    now.current.question = shared.discard;

    useEffect(() => {
        const known = now.current;
        known.at = numberOf(history.state) ?? 0;
        history.replaceState({ at: known.at }, '');
        let is_returning = false;
        const follow = (event: PopStateEvent) => {
            if (is_returning) {
                is_returning = false;
                return;
            }
            const number = numberOf(event.state);
            // A link within the page made an entry of its own, behind this one.
            const at = number ?? known.at + 1;
            if (number === null) history.replaceState({ at }, '');
            if (read() === known.place || mayLeave(known.question)) {
                known.at = at;
                setPlace(read());
            } else if (at !== known.at) {
                is_returning = true;
                history.go(known.at - at);
            }
        };
        addEventListener('popstate', follow);
        return () => removeEventListener('popstate', follow);
    }, []);

    const go = useMemo(() => (target: string) => {
        now.current.at += 1;
        history.pushState({ at: now.current.at }, '', target);
        setPlace(target);
        scrollTo(0, 0);
    }, []);
    return { place, go };
}

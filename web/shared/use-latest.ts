// A choice that is saved as soon as it is made: shown at once and saved behind it, one call at a time, the newest choice last.
// Nothing is disabled meanwhile: that would take the focus from whoever goes through the choices with the arrow keys.

import { useRef, useState } from 'preact/hooks';
import { useCall } from './use-call';

/** `standing`: what is saved already. */
export function useLatest<T>(standing: T, save: (choice: T) => Promise<void>) {
    const { busy, problem, call } = useCall();
    const [chosen, choose] = useState<{ choice: T } | null>(null);
    const next = useRef<{ choice: T } | null>(null);
    const is_saving = useRef(false);

    async function saveAll() {
        is_saving.current = true;
        while (next.current) {
            const { choice } = next.current;
            next.current = null;
            if (!(await call(() => save(choice)))) next.current = null;
        }
        is_saving.current = false;
        choose(null);
    }
    function saveNext(choice: T) {
        choose({ choice });
        next.current = { choice };
        if (!is_saving.current) void saveAll();
    }
    return { shown: chosen ? chosen.choice : standing, save: saveNext, busy, problem };
}

// One call at a time, its failure kept beside the button that made it.

import { useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from './problem';

export function useCall() {
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    // A second click may come before the page shows what the first one did.
    const is_under_way = useRef(false);
    /** Whether it went well; false, too, while another one is under way. */
    async function call(action: () => Promise<void>): Promise<boolean> {
        if (is_under_way.current) return false;
        is_under_way.current = true;
        wait(true);
        fail(null);
        try {
            await action();
            return true;
        } catch (error) {
            fail(asProblem(error));
            return false;
        } finally {
            is_under_way.current = false;
            wait(false);
        }
    }
    return { busy, problem, call };
}

// One call at a time, its failure kept beside the button that made it.

import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../problem';

export function useCall() {
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    /** Whether it went well. */
    async function call(action: () => Promise<void>): Promise<boolean> {
        wait(true);
        fail(null);
        try {
            await action();
            return true;
        } catch (error) {
            fail(asProblem(error));
            return false;
        } finally {
            wait(false);
        }
    }
    return { busy, problem, call };
}

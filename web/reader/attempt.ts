// One thing at a time: whether it is under way, and what it ended in.

import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useReader } from './context';

export interface Attempt {
    busy: boolean;
    problem: Problem | null;
    run(action: () => Promise<void>): Promise<void>;
}

export function useAttempt(): Attempt {
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    async function run(action: () => Promise<void>) {
        if (busy) return;
        wait(true);
        fail(null);
        try {
            await action();
        } catch (error) {
            fail(asProblem(error));
        }
        wait(false);
    }
    return { busy, problem, run };
}

/** Also what browsers throw when a passkey is cancelled, missing or there already. */
export function usePasskeyProblem(): (problem: Problem) => string {
    const { security, shared } = useReader();
    return (problem) => {
        switch (problem.kind) {
            case 'passkey-refused': return security.passkey_unknown;
            case 'expired-code': return security.passkey_late;
            case 'too-many': return security.too_many;
            case 'unexpected': return problem.text('detail').includes('InvalidStateError') ? security.passkey_there : security.passkey_failed;
            default: return describeProblem(problem, shared);
        }
    };
}

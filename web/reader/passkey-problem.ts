// What to say when a passkey was of no use: also for what browsers throw when one is cancelled, missing or there already.

import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useReader } from './context';

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

// How far a running test is, and how it is followed to its end.

import { Problem, asProblem } from '../problem';
import type { HostTest, LiveTest } from './facts';

export const pause_ms = 300;
/** So many answers may fail to come in a row: a page may lose its network for a moment, not its test. */
const patience = 20;

export interface Progress {
    tested: number;
    expected: number | null;
    /** From 0 to 1; null until it is known how much there is. */
    part: number | null;
    newest: HostTest | null;
}

export function progressOf(test: LiveTest): Progress {
    const tested = test.hosts.length;
    const { expected } = test;
    return { tested, expected, part: expected ? Math.min(1, tested / expected) : null, newest: test.hosts.at(-1) ?? null };
}

export interface TestSource {
    start(): Promise<LiveTest>;
    look(id: string): Promise<LiveTest>;
}

interface Pace {
    pause(): Promise<void>;
    /** True when nobody looks any more. */
    is_stopped(): boolean;
}

/** Starts a test and tells each state of it until it is done; throws the Problem that ends it before. */
export async function followTest(source: TestSource, tell: (test: LiveTest) => void, pace: Pace): Promise<LiveTest | null> {
    let test = await source.start();
    let failures = 0;
    for (;;) {
        if (pace.is_stopped()) return null;
        tell(test);
        if (test.state === 'done') return test;
        await pace.pause();
        if (pace.is_stopped()) return null;
        try {
            test = await source.look(test.id);
            failures = 0;
        } catch (error) {
            failures += 1;
            if (!isPassing(asProblem(error)) || failures > patience) throw error;
        }
    }
}

function isPassing(problem: Problem): boolean {
    return problem.kind === 'unreachable' || problem.kind === 'try-later' || problem.status >= 500;
}

// A test that runs while the page shows it.

import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../problem';
import { useTongue } from '../tongue';
import type { LiveTest } from './facts';
import { followTest, pause_ms, type TestSource } from './progress';

export interface RunningTest {
    test: LiveTest | null;
    is_busy: boolean;
    problem: Problem | null;
    run(): Promise<LiveTest | null>;
    forget(): void;
}

export function useLiveTest(source: TestSource): RunningTest {
    const { language } = useTongue();
    const [test, setTest] = useState<LiveTest | null>(null);
    const [is_busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    // Each run has a number: what an older one still hears is of no interest.
    const turn = useRef(0);
    useEffect(() => () => { turn.current += 1; }, []);

    // The sentences come from the service: in another language they must be asked for again.
    const spoken = useRef(language);
    useEffect(() => {
        if (spoken.current === language || !test || test.state !== 'done') return;
        spoken.current = language;
        const mine = turn.current;
        source.look(test.id).then((again) => { if (mine === turn.current) setTest(again); }, () => {});
    }, [language, test?.state]);

    async function run(): Promise<LiveTest | null> {
        const mine = (turn.current += 1);
        spoken.current = language;
        setTest(null);
        fail(null);
        wait(true);
        const is_stopped = () => mine !== turn.current;
        try {
            return await followTest(source, setTest, { pause: () => new Promise((done) => setTimeout(done, pause_ms)), is_stopped });
        } catch (error) {
            if (!is_stopped()) fail(asProblem(error));
            return null;
        } finally {
            if (!is_stopped()) wait(false);
        }
    }

    function forget() {
        turn.current += 1;
        setTest(null);
        fail(null);
        wait(false);
    }

    return { test, is_busy, problem, run, forget };
}

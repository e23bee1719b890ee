// A test that anybody may watch: how far it is, each host as it is done, and what came out.

import { Busy, Notice } from '../parts';
import { describeProblem, useTongue } from '../tongue';
import { ExtrasView } from './extras-view';
import type { DomainProblem, HostTest, LiveTest } from './facts';
import { HostsView } from './hosts-view';
import { progressOf } from './progress';
import { nameVerdict, standingOf } from './standing';
import type { RunningTest } from './use-live-test';
import { tls_words } from './words';

export function LiveTestView(props: { domain: string; running: RunningTest }) {
    const { shared, language } = useTongue();
    const words = tls_words[language];
    const { test, is_busy, problem } = props.running;
    return (
        <>
            <div aria-live="polite" class="test-state">
                {is_busy && (test ? <Running test={test} /> : <Busy text={words.test_begins} />)}
                {problem && <Notice kind="bad"><p>{problem.kind === 'not-found' ? words.test_lost : describeProblem(problem, shared)}</p></Notice>}
                {test?.state === 'done' && <Outcome ready={test.ready === true} problem={test.problem} detail={test.problem_detail} hosts={test.hosts} />}
            </div>
            {test && <HostsView domain={props.domain} hosts={test.hosts} waiting={is_busy ? Math.max(0, (test.expected ?? 1) - test.hosts.length) : 0} />}
            {test?.state === 'done' && <ExtrasView dane={test.dane} mta_sts={test.mta_sts} />}
        </>
    );
}

function Running(props: { test: LiveTest }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { tested, expected, part, newest } = progressOf(props.test);
    const so_far = expected === null ? words.progress_open(tested) : words.progress(tested, expected);
    const last = newest && words.newest(`${newest.mx} ${newest.address ?? ''}`.trim(), nameVerdict(newest, words));
    return (
        <div data-part="progress" data-tested={tested}>
            <p class="busy">{so_far}{last && <span class="quiet small wrap">{last}</span>}</p>
            <progress value={part ?? undefined} max={1} aria-label={so_far} />
        </div>
    );
}

export function Outcome(props: { ready: boolean; problem: DomainProblem | null; detail?: string | null; hosts: readonly HostTest[] }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { ready, problem, hosts } = props;
    const bad = hosts.filter((one) => standingOf(one) === 'bad').length;
    const is_unknown = !problem && !ready && bad === 0 && hosts.some((one) => standingOf(one) === 'unknown');
    // What DNS was heard to say of a null MX is this very sentence.
    const detail = problem === 'null_mx' ? null : props.detail;
    const sentence = problem ? (words.problems[problem] ?? problem) : ready ? words.test_ready : is_unknown ? words.test_unknown : words.test_not_ready(bad, hosts.length);
    return (
        <div data-part="test-result" data-ready={String(ready)}>
            <div class={`notice ${ready ? 'good' : is_unknown ? 'unknown' : 'bad'}`}>
                <strong>{sentence}</strong>
                {detail && <p class="small" lang="en">{detail}</p>}
            </div>
        </div>
    );
}

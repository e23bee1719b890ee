// The three steps: test the hosts, prove the domain, choose direct delivery.

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatTime } from '../shared/language';
import { Notice } from '../shared/parts';
import { asProblem, Problem } from '../shared/problem';
import { describeProblem, useTongue } from '../shared/tongue';
import type { Domain, FailureChoice, Proof } from '../shared/tls/facts';
import { LiveTestView } from '../shared/tls/live-test-part';
import { ProofChoice } from '../shared/tls/proof-choice';
import { SwitchChoice } from '../shared/tls/switch-part';
import { useCall, waiting } from '../shared/use-call';
import { useLiveTest, type RunningTest } from '../shared/tls/use-live-test';
import { tls_words } from '../shared/tls/words';
import type { TlsClient } from './api';
import { page_words } from './words';

interface Props {
    client: TlsClient;
    domain: string;
    /** Set while this browser manages the domain. */
    own: Domain | null;
    setOwn(own: Domain | null): void;
}

export function DomainSteps(props: Props) {
    const { language } = useTongue();
    const words = page_words[language];
    const { client, domain, own, setOwn } = props;
    const [said, say] = useState<'left' | 'hour_over' | null>(null);
    const is_own = own !== null;
    const source = useMemo(() => ({ start: () => (is_own ? client.startOwnTest() : client.startTest(domain)), look: (id: string) => client.lookAtTest(id) }), [domain, is_own]);
    const running = useLiveTest(source);
    const has_passed = running.test?.state === 'done' ? running.test.ready === true : isReady(own);

    async function test() {
        const done = await running.run();
        if (done && is_own) await client.own().then(setOwn, () => {});
    }
    // A test that a stranger made does not count for the domain: once it is proven it is made again, as its owner's.
    const had_passed = useRef(false);
    useEffect(() => {
        if (is_own && had_passed.current && !isReady(own)) void test();
    }, [is_own]);
    had_passed.current = has_passed;

    function forgetOwn(reason: 'left' | 'hour_over') {
        say(reason);
        setOwn(null);
    }

    return (
        <ol class="steps-path">
            <Step number={1} title={words.test} is_done={has_passed}><TestStep own={own} running={running} run={() => void test()} domain={domain} /></Step>
            <Step number={2} title={words.prove(domain)} is_done={is_own}>
                {said && !own && <Notice kind={said === 'left' ? 'good' : 'warn'}><p>{words[said]}</p></Notice>}
                <ProveStep {...props} proven={(managed) => { say(null); setOwn(managed); }} />
            </Step>
            <Step number={3} title={words.choose} is_done={own?.tls_replies === true} takes_focus={is_own}>
                {own ? <ChooseStep {...props} own={own} is_testing={running.is_busy} forget={forgetOwn} /> : <p class="quiet">{words.choose_later}</p>}
            </Step>
        </ol>
    );
}

function isReady(own: Domain | null): boolean {
    return own?.last_test?.ready === true && own.needs_test !== true;
}

function Step(props: { number: number; title: string; is_done: boolean; /** When this becomes true the step is what comes next. */ takes_focus?: boolean; children: ComponentChildren }) {
    const { language } = useTongue();
    const words = page_words[language];
    const own = useRef<HTMLHeadingElement>(null);
    const was = useRef(props.takes_focus);
    useLayoutEffect(() => {
        if (props.takes_focus && was.current === false) own.current?.focus();
        was.current = props.takes_focus;
    }, [props.takes_focus]);
    return (
        <li class={props.is_done ? 'done' : ''} data-step={props.number} data-done={String(props.is_done)}>
            <span class="number" aria-hidden="true">{props.is_done ? '✓' : props.number}</span>
            <h3 ref={own} tabIndex={-1}>{props.title}{props.is_done && <span class="hidden-label"> ({words.step_done})</span>}</h3>
            {props.children}
        </li>
    );
}

function TestStep(props: { domain: string; own: Domain | null; running: RunningTest; run(): void }) {
    const { language } = useTongue();
    const words = page_words[language];
    const tls = tls_words[language];
    const { running } = props;
    const last = props.own?.last_test;
    return (
        <>
            <p>{words.test_lead}</p>
            <div class="row">
                <button type="button" class="compact" {...waiting(running.is_busy)} data-action="test" onClick={props.run}>{running.test || last ? tls.test_again : tls.test_run}</button>
                {last && !running.test && !running.is_busy && <span class="quiet small">{last.ready ? words.test_passed(formatTime(last.at, language)) : words.test_failed(formatTime(last.at, language))}</span>}
            </div>
            <LiveTestView domain={props.domain} running={running} />
        </>
    );
}

function ProveStep(props: Props & { proven(own: Domain): void }) {
    const { shared, language } = useTongue();
    const words = page_words[language];
    const { client, domain, own } = props;
    const [proof, setProof] = useState<Proof | null>(null);
    const { busy, problem, call } = useCall();

    // The claim is this browser's for a week. Without it the record is another, and so is the code.
    async function withClaim<T>(action: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
        try {
            return await action();
        } catch (error) {
            if (asProblem(error).kind !== 'no-claim') throw error;
            setProof(await client.claim(domain));
            return otherwise();
        }
    }
    const refuse = (kind: string) => Promise.reject<never>(new Problem(kind, 409));
    if (own) return <p>{tls_words[language].proven(domain)}</p>;
    return (
        <>
            <p>{words.prove_lead}</p>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {proof ? (
                <ProofChoice domain={domain} proof={proof}
                    checkRecord={async () => props.proven(await withClaim(() => client.prove(domain, { by: 'txt' }), () => refuse('not-proven')))}
                    sendCode={() => withClaim(() => client.sendCode(domain), () => client.sendCode(domain))}
                    checkCode={async (code) => props.proven(await withClaim(() => client.prove(domain, { code }), () => refuse('expired-code')))} />
            ) : (
                <div class="row"><button type="button" class="compact" {...waiting(busy)} data-action="claim"
                    onClick={() => void call(async () => setProof(await client.claim(domain)))}>{busy ? words.prove_beginning : words.prove_begin}</button></div>
            )}
        </>
    );
}

function ChooseStep(props: Props & { own: Domain; is_testing: boolean; forget(reason: 'left' | 'hour_over'): void }) {
    const { language } = useTongue();
    const words = page_words[language];
    const { client, own } = props;
    const leaving = useCall();

    async function save(tls_replies: boolean, on_failure: FailureChoice) {
        try {
            props.setOwn(await client.change(tls_replies, on_failure));
        } catch (error) {
            const problem = asProblem(error);
            if (problem.status !== 401) throw problem;
            props.forget('hour_over');
        }
    }
    async function leave() {
        await client.leave().catch((error: unknown) => {
            if (!(error instanceof Problem) || error.status !== 401) throw error;
        });
        props.forget('left');
    }

    return (
        <>
            {!isReady(own) && props.is_testing && <p>{words.choose_test}</p>}
            <SwitchChoice domain={own} save={save} />
            <button type="button" class="plain small" {...waiting(leaving.busy)} data-action="leave" onClick={() => void leaving.call(leave)}>{words.leave}</button>
        </>
    );
}

// One domain: prove it, test it, switch it; three steps in this order.

import { useState } from 'preact/hooks';
import type { Domain, FailureChoice } from '../shared/api';
import { formatTime } from '../shared/language';
import { Busy, CopyButton, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { admin, usePortal } from './context';
import { HostTable } from './host-table';
import { SendingPart } from './sending-part';

interface Props {
    domain: Domain;
    change(domain: Domain): void;
    removed(): void;
}

export function DomainPart(props: Props) {
    const { words, shared } = usePortal();
    const { domain } = props;
    const [sure, ask] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);

    async function remove() {
        try {
            await admin.removeDomain(domain.domain);
            props.removed();
        } catch (error) {
            fail(asProblem(error));
        }
    }

    return (
        <article class="domain" data-domain={domain.domain}>
            <header class="spread">
                <h2>{domain.domain}</h2>
                <div class="row"><Badges domain={domain} /></div>
            </header>
            <ProofPart {...props} />
            <TestPart {...props} />
            <SwitchPart {...props} />
            <SendingPart domain={domain.domain} />
            <footer>
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                {sure ? (
                    <div class="row">
                        <span>{words.remove_sure(domain.domain)}</span>
                        <button type="button" class="compact" onClick={remove}>{shared.remove}</button>
                        <button type="button" class="compact outline secondary" onClick={() => ask(false)}>{shared.cancel}</button>
                    </div>
                ) : (
                    <button type="button" class="plain small danger" onClick={() => ask(true)}>{words.remove_domain}</button>
                )}
            </footer>
        </article>
    );
}

function Badges(props: { domain: Domain }) {
    const { words } = usePortal();
    const { proven, last_test, tls_replies } = props.domain;
    return (
        <>
            <span class={`badge ${proven ? 'good' : 'warn'}`}>{proven ? words.proven : words.not_proven}</span>
            <span class={`badge ${last_test ? (last_test.ready ? 'good' : 'bad') : 'warn'}`}>
                {last_test ? (last_test.ready ? words.ready : words.not_ready) : words.not_tested}
            </span>
            <span class={`badge ${tls_replies ? 'good' : ''}`} data-part="tls-state">{tls_replies ? words.tls_on : words.tls_off}</span>
        </>
    );
}

/** One call at a time, its failure kept beside the button that made it. */
function useCall() {
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    async function call(action: () => Promise<void>) {
        wait(true);
        fail(null);
        try {
            await action();
        } catch (error) {
            fail(asProblem(error));
        }
        wait(false);
    }
    return { busy, problem, call };
}

function ProofPart(props: Props) {
    const { words, shared } = usePortal();
    const { domain } = props;
    const { busy, problem, call } = useCall();
    const { proof } = domain;
    return (
        <section>
            <h3>{words.proof_title}</h3>
            {domain.proven ? <p>{words.proof_done}</p> : (
                <>
                    <p>{words.proof_lead}</p>
                    <dl class="record">
                        <div><dt>{words.proof_name}</dt><dd><code>{proof.name}</code></dd><dd><CopyButton text={proof.name} label={words.proof_name} /></dd></div>
                        <div><dt>{words.proof_type}</dt><dd><code>{proof.type}</code></dd></div>
                        <div><dt>{words.proof_value}</dt><dd><code>{proof.value}</code></dd><dd><CopyButton text={proof.value} label={words.proof_value} /></dd></div>
                    </dl>
                    {problem && <Notice kind="bad"><p>{problem.kind === 'not-proven' ? words.proof_missing : describeProblem(problem, shared)}</p></Notice>}
                    <div class="row">
                        <button type="button" class="compact" disabled={busy} data-action="verify"
                            onClick={() => call(async () => props.change(await admin.verifyDomain(domain.domain)))}>
                            {busy ? words.proof_checking : words.proof_check}
                        </button>
                    </div>
                </>
            )}
        </section>
    );
}

function TestPart(props: Props) {
    const { words, shared, language } = usePortal();
    const { domain } = props;
    const { busy, problem, call } = useCall();
    const test = domain.last_test;
    return (
        <section data-part="test">
            <h3>{words.test_title}</h3>
            <p>{words.test_lead}</p>
            <div class="row">
                <button type="button" class="compact" disabled={busy} data-action="test"
                    onClick={() => call(async () => props.change(await admin.testDomain(domain.domain)))}>{words.test_run}</button>
                {test && <span class="quiet small">{words.test_at(formatTime(test.at, language))}</span>}
            </div>
            <div aria-live="polite">
                {busy && <Busy text={words.test_running} />}
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                {test && !busy && <p class="small wrap" data-part="test-result" data-ready={String(test.ready)}>
                    <strong>{test.problem ? words.problems[test.problem] : test.ready ? words.test_ready : words.test_not_ready}</strong>
                </p>}
            </div>
            {test && test.hosts.length > 0 && <HostTable hosts={test.hosts} />}
        </section>
    );
}

const failure_choices: readonly FailureChoice[] = ['envelope', 'hold', 'bounce'];

function SwitchPart(props: Props) {
    const { words, shared } = usePortal();
    const { domain } = props;
    const { busy, problem, call } = useCall();
    const ready = domain.last_test?.ready === true;
    const may_switch = domain.tls_replies || (domain.proven && ready);

    function describe(found: Problem): string {
        if (found.kind === 'not-proven') return words.switch_needs_proof;
        return found.kind === 'not-ready' ? words.switch_needs_test : describeProblem(found, shared);
    }
    function save(tls_replies: boolean, on_failure: FailureChoice) {
        void call(async () => props.change(await admin.changeDomain(domain.domain, tls_replies, on_failure)));
    }

    const switch_id = `tls-${domain.domain}`;
    return (
        <section>
            <h3>{words.switch_title}</h3>
            <label for={switch_id}>
                <input id={switch_id} type="checkbox" role="switch" checked={domain.tls_replies} disabled={busy || !may_switch} data-action="tls-replies"
                    aria-describedby={may_switch ? undefined : `${switch_id}-why`} onChange={(event) => save(event.currentTarget.checked, domain.on_failure)} />
                {words.switch_label}
            </label>
            {!may_switch && <p id={`${switch_id}-why`} class="quiet small">{domain.proven ? words.switch_needs_test : words.switch_needs_proof}</p>}
            <fieldset class="choice" disabled={busy}>
                <legend>{words.failure_title}</legend>
                {failure_choices.map((choice) => (
                    <label key={choice}>
                        <input type="radio" name={`failure-${domain.domain}`} value={choice} checked={domain.on_failure === choice}
                            onChange={() => save(domain.tls_replies, choice)} />
                        {words.failures[choice]}
                    </label>
                ))}
            </fieldset>
            <p class="quiet small" aria-live="polite">{busy ? words.saving : words.never_clear}</p>
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
        </section>
    );
}

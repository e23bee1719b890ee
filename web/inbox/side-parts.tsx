// Beside the story: the demo's switches, the facts of the last reply, and ways in.

import { useState } from 'preact/hooks';
import { failure_choices, type FailureChoice } from '../shared/tls/facts';
import { formatTime } from '../shared/language';
import { CopyButton, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { waiting } from '../shared/use-call';
import { demo, type DemoSwitches } from './api';
import { useInbox, useWorld } from './context';


export function Switches() {
    const { words, shared } = useInbox();
    const { state, learn } = useWorld();
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const { switches } = state;

    async function flip<Name extends keyof DemoSwitches>(name: Name, value: DemoSwitches[Name]) {
        wait(true);
        fail(null);
        try {
            learn(await demo.flip(name, value));
        } catch (error) {
            fail(asProblem(error));
            learn({ ...state });
        }
        wait(false);
    }

    return (
        <article id="switches" data-part="switches">
            <h2>{words.switches}</h2>
            <label>
                <input type="checkbox" role="switch" checked={switches.tls_replies} {...waiting(busy)} data-switch="tls_replies"
                    onChange={(event) => flip('tls_replies', event.currentTarget.checked)} />
                {words.switch_tls}
            </label>
            <label>
                <input type="checkbox" role="switch" checked={switches.certificate === 'self_signed'} {...waiting(busy)} data-switch="certificate"
                    onChange={(event) => flip('certificate', event.currentTarget.checked ? 'self_signed' : 'signed')} />
                {words.switch_certificate}
            </label>
            <label for="on-failure">{words.switch_failure}</label>
            <select id="on-failure" value={switches.on_failure} disabled={busy} data-switch="on_failure"
                onChange={(event) => flip('on_failure', event.currentTarget.value as FailureChoice)}>
                {failure_choices.map((choice) => <option key={choice} value={choice}>{words.failures[choice]}</option>)}
            </select>
            <div aria-live="polite">
                {problem && <Notice kind="bad"><p>{problem.kind === 'not-ready' ? words.not_ready : describeProblem(problem, shared)}</p></Notice>}
            </div>
        </article>
    );
}

export function LastDelivery() {
    const { words, shared, language } = useInbox();
    const last = useWorld().state.last_delivery;
    return (
        <article data-part="last-delivery" data-state={last?.state} data-way={last?.way}>
            <h2>{words.last_delivery}</h2>
            {!last ? <p class="quiet">{words.last_none}</p> : (
                <dl class="facts">
                    <dt>{shared.date}</dt><dd>{formatTime(last.at, language)}</dd>
                    <dt>{shared.from}</dt><dd>{last.from}</dd>
                    <dt>{shared.to}</dt><dd>{last.to}</dd>
                    <dt>{words.last_way}</dt><dd>{words.ways[last.way]}</dd>
                    <dt>{words.last_state}</dt><dd>{words.states[last.state]}</dd>
                    {last.host && <><dt>{words.last_host}</dt><dd>{last.host}</dd></>}
                    <dt>{words.tls}</dt><dd>{last.tls ? `${last.tls.version} · ${last.tls.cipher}` : words.no_tls}</dd>
                    {last.tls && <><dt>{words.certificate}</dt><dd>{last.tls.verified ? words.verified : words.unverified}</dd></>}
                    {last.tls?.fingerprint && <><dt>{words.fingerprint}</dt><dd><code class="small">{last.tls.fingerprint}</code></dd></>}
                    {last.detail && <><dt>{words.detail}</dt><dd>{last.detail}</dd></>}
                </dl>
            )}
        </article>
    );
}

export function PortalAccess() {
    const { words } = useInbox();
    const { portal } = useWorld().state;
    return (
        <article>
            <h2>{words.portal_title}</h2>
            <p>{words.portal_lead}</p>
            <dl class="facts">
                <dt>{words.portal_name}</dt><dd><code>{portal.name}</code></dd>
                <dt>{words.portal_password}</dt><dd class="row"><code>{portal.password}</code><CopyButton text={portal.password} label={words.portal_password} /></dd>
            </dl>
            <p><a href={portal.url} target="_blank" rel="noopener">{words.portal_open}</a></p>
        </article>
    );
}

export function SmtpAccess() {
    const { words } = useInbox();
    const { smtp } = useWorld().state;
    return (
        <details>
            <summary>{words.smtp_title}</summary>
            <dl class="facts">
                <dt>{words.smtp_submission}</dt><dd><code>{smtp.submission}</code></dd>
                <dt>{words.smtp_user}</dt><dd><code>{smtp.user}</code></dd>
                <dt>{words.smtp_password}</dt><dd><code>{smtp.password}</code></dd>
                <dt>{words.smtp_public}</dt><dd><code>{smtp.public}</code></dd>
            </dl>
        </details>
    );
}

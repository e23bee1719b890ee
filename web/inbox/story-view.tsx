// The story for a newcomer: what happens, in order, with a way to each next step.

import type { ComponentChildren } from 'preact';
import { Heading } from '../shared/parts';
import type { DemoState, StepName } from './api';
import { listPath, useInbox, useWorld } from './context';
import { Link } from './inbox';
import { LastDelivery, PortalAccess, SmtpAccess, Switches } from './side-parts';

const order: readonly StepName[] = [
    'sent', 'notified', 'opened', 'replied_sealed', 'tls_on', 'replied_clear', 'certificate_swapped', 'failure_seen',
];

export function StoryView() {
    const { words } = useInbox();
    const { state } = useWorld();
    const next = order.find((name) => !state.steps[name]);
    return (
        <div class="story">
            <section aria-labelledby="story-title">
                <div id="story-title"><Heading>{words.intro_title}</Heading></div>
                <p>{words.intro}</p>
                <p class="quiet small">{words.intro_warning} <a href="/demo/ca.pem" download="sealpost-demo-ca.pem">{words.intro_ca}</a></p>
                <h2>{words.steps}</h2>
                <ol class="steps">
                    {order.map((name, index) => (
                        <Step key={name} name={name} number={index + 1} mark={state.steps[name] ? 'done' : name === next ? 'next' : 'later'} />
                    ))}
                </ol>
            </section>
            <aside>
                <Switches />
                <LastDelivery />
                <PortalAccess />
                <SmtpAccess />
            </aside>
        </div>
    );
}

function Step(props: { name: StepName; number: number; mark: 'done' | 'next' | 'later' }) {
    const { words } = useInbox();
    const { state } = useWorld();
    const { name, mark } = props;
    return (
        <li class={`step ${mark}`} data-step={name} data-mark={mark} aria-current={mark === 'next' ? 'step' : undefined}>
            <span class="number" aria-hidden="true">{mark === 'done' ? '✓' : props.number}</span>
            <div>
                <h3>{words[`${name}_title`]} <span class="hidden-label">({words[mark]})</span></h3>
                <p>{words[name]}</p>
                <p class="row">{linksOf(name, state, words[`${name}_go`], words.opened_drop)}</p>
            </div>
        </li>
    );
}

function linksOf(name: StepName, state: DemoState, label: string, drop_label: string): ComponentChildren {
    const [alice, bob] = state.mailboxes;
    const portal = <a href={state.portal.url} target="_blank" rel="noopener">{label}</a>;
    switch (name) {
        case 'sent': return <Link to="/write">{label}</Link>;
        case 'notified':
        case 'replied_clear': return bob && <Link to={listPath(bob.address)}>{label}</Link>;
        case 'opened': return bob && <><Link to={listPath(bob.address)}>{label}</Link><a href={`${state.service_url}/open`} target="_blank" rel="noopener">{drop_label}</a></>;
        case 'replied_sealed': return alice && <Link to={listPath(alice.address)}>{label}</Link>;
        case 'certificate_swapped': return <a href="#switches">{label}</a>;
        case 'tls_on':
        case 'failure_seen': return portal;
    }
}

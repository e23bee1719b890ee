// One domain: prove it, test it, switch it; three steps in this order, and what became of it since.

import { useMemo, useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import { Notice } from '../../shared/parts';
import { describeProblem } from '../../shared/tongue';
import type { Domain } from '../../shared/tls/facts';
import { HostsView } from '../../shared/tls/hosts-view';
import { LiveTestView, Outcome } from '../../shared/tls/live-test-part';
import { ProofChoice } from '../../shared/tls/proof-choice';
import { SwitchChoice } from '../../shared/tls/switch-part';
import { useCall, waiting } from '../../shared/use-call';
import { useLiveTest } from '../../shared/tls/use-live-test';
import { tls_words } from '../../shared/tls/words';
import type { Delivery } from '../api';
import { admin, usePortal } from '../context';
import { SureButton } from '../policy/parts';
import { SendingPart } from '../sending-part';
import { HistoryPart } from './history-part';
import { StoppedPart } from './stopped-part';
import { domain_words } from './words';

interface Props {
    domain: Domain;
    deliveries: readonly Delivery[];
    change(domain: Domain): void;
    removed(): void;
}

export function DomainPart(props: Props) {
    const { domain } = props;
    const { language } = usePortal();
    const words = domain_words[language];
    // What stands in the history after a test is asked for again.
    const [turn, count] = useState(0);
    return (
        <article class="domain" data-domain={domain.domain}>
            <header class="spread">
                <h2>{domain.domain}</h2>
                <div class="row"><Badges domain={domain} /></div>
            </header>
            <ProofPart {...props} />
            <TestPart {...props} tested={() => count(turn + 1)} />
            <StoppedPart domain={domain} deliveries={props.deliveries} />
            <section>
                <h3>{words.switch_title}</h3>
                <SwitchChoice domain={domain} save={async (on, choice) => props.change(await admin.changeDomain(domain.domain, on, choice))} />
            </section>
            <SendingPart domain={domain.domain} />
            <HistoryPart domain={domain.domain} turn={turn} />
            <RemovePart {...props} />
        </article>
    );
}

function RemovePart(props: Props) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const { busy, problem, call } = useCall();
    const { domain } = props.domain;
    async function remove() {
        await admin.removeDomain(domain);
        props.removed();
    }
    return (
        <footer>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            <SureButton plain label={words.remove} question={words.remove_sure(domain)} yes={shared.remove} action="remove" busy={busy} run={() => void call(remove)} />
        </footer>
    );
}

function Badges(props: { domain: Domain }) {
    const { language } = usePortal();
    const words = domain_words[language];
    const { proven, last_test, tls_replies, needs_test } = props.domain;
    return (
        <>
            <span class={`badge ${proven ? 'good' : 'warn'}`}>{proven ? words.proven : words.not_proven}</span>
            {needs_test && last_test?.ready
                ? <span class="badge warn">{words.needs_test}</span>
                : <span class={`badge ${last_test ? (last_test.ready ? 'good' : 'bad') : 'warn'}`}>{last_test ? (last_test.ready ? words.ready : words.not_ready) : words.not_tested}</span>}
            <span class={`badge ${tls_replies ? 'good' : ''}`} data-part="tls-state">{tls_replies ? words.tls_on : words.tls_off}</span>
        </>
    );
}

function ProofPart(props: Props) {
    const { language } = usePortal();
    const words = domain_words[language];
    const { domain, proof, proven, proven_by, contact } = props.domain;
    const how = proven_by && tls_words[language].proven_by[proven_by];
    return (
        <section data-part="proof">
            <h3>{words.proof_title}</h3>
            {proven ? <p>{how ? words.proof_done_by(how) : words.proof_done} {contact && <span class="quiet">{words.contact(contact)}</span>}</p> : (
                <ProofChoice domain={domain} proof={proof}
                    checkRecord={async () => props.change(await admin.verifyDomain(domain))}
                    sendCode={() => admin.sendDomainCode(domain)}
                    checkCode={async (code) => props.change(await admin.verifyDomainByCode(domain, code))} />
            )}
        </section>
    );
}

function TestPart(props: Props & { tested(): void }) {
    const { language } = usePortal();
    const words = domain_words[language];
    const tls = tls_words[language];
    const { domain, last_test } = props.domain;
    const source = useMemo(() => ({ start: () => admin.startTest(domain), look: (id: string) => admin.lookAtTest(domain, id) }), [domain]);
    const running = useLiveTest(source);

    async function run() {
        if (!(await running.run())) return;
        await admin.domain(domain).then(props.change, () => {});
        props.tested();
    }

    const is_live = running.is_busy || running.test !== null || running.problem !== null;
    return (
        <section data-part="test">
            <h3>{words.test_title}</h3>
            <p>{words.test_lead}</p>
            <div class="row">
                <button type="button" class="compact" {...waiting(running.is_busy)} data-action="test" onClick={() => void run()}>{last_test || running.test ? tls.test_again : tls.test_run}</button>
                {last_test && !running.is_busy && <span class="quiet small">{words.test_at(formatTime(last_test.at, language))}</span>}
            </div>
            {is_live ? <LiveTestView domain={domain} running={running} /> : last_test && (
                <>
                    <Outcome ready={last_test.ready} problem={last_test.problem} hosts={last_test.hosts} />
                    <HostsView domain={domain} hosts={last_test.hosts} />
                </>
            )}
        </section>
    );
}

// The tests that were made of a domain, newest first; each opens its evidence.

import { useEffect, useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import { Busy, Notice } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import type { PastTest } from '../../shared/tls/facts';
import { HostsView } from '../../shared/tls/hosts-view';
import { tls_words } from '../../shared/tls/words';
import { admin, usePortal } from '../context';
import { domain_words } from './words';

export function HistoryPart(props: { domain: string; turn: number }) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const [is_open, open] = useState(false);
    const [tests, setTests] = useState<PastTest[] | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    useEffect(() => {
        if (!is_open) return;
        let is_stale = false;
        fail(null);
        admin.pastTests(props.domain).then(
            (all) => { if (!is_stale) setTests(all); },
            (error: unknown) => { if (!is_stale) fail(asProblem(error)); },
        );
        return () => { is_stale = true; };
    }, [is_open, props.domain, props.turn, language]);

    return (
        <details class="past" data-part="history" onToggle={(event) => open(event.currentTarget.open)}>
            <summary>{words.history}</summary>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!tests && !problem && is_open && <Busy text={shared.loading} />}
            {tests?.length === 0 && <p class="quiet">{words.history_none}</p>}
            {tests && tests.length > 0 && (
                <table class="cards">
                    <thead><tr><th scope="col">{words.when}</th><th scope="col">{words.result}</th><th scope="col">{words.cause}</th><th scope="col"><span class="hidden-label">{words.evidence}</span></th></tr></thead>
                    {tests.map((test) => <Row key={test.at} domain={props.domain} test={test} />)}
                </table>
            )}
        </details>
    );
}

function Row(props: { domain: string; test: PastTest }) {
    const { language } = usePortal();
    const words = domain_words[language];
    const { test } = props;
    const [is_shown, show] = useState(false);
    const good = test.hosts.filter((one) => one.verdict === 'ok').length;
    const when = formatTime(test.at, language);
    const what = test.problem ? (tls_words[language].problems[test.problem] ?? test.problem) : words.verified_of(good, test.hosts.length);
    return (
        <tbody data-test={test.at}>
            <tr>
                <td data-label={words.when}>{when}</td>
                <td data-label={words.result}><span><span class={`badge ${test.ready ? 'good' : 'bad'}`}>{test.ready ? words.ready : words.not_ready}</span> <span class="quiet small">{what}</span></span></td>
                <td data-label={words.cause}>{test.cause && (words.causes[test.cause] ?? test.cause)}</td>
                <td class="whole">
                    {test.hosts.length > 0 && <button type="button" class="plain small" aria-expanded={is_shown} aria-label={is_shown ? words.hide : words.evidence_of(when)} onClick={() => show(!is_shown)}>{is_shown ? words.hide : words.evidence}</button>}
                </td>
            </tr>
            {is_shown && <tr><td class="whole" colSpan={4}><HostsView domain={props.domain} hosts={test.hosts} /></td></tr>}
        </tbody>
    );
}

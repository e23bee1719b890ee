// "Doctor": everything about the mail of a domain on one page, with what mends it.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { withColon } from '../../shared/french';
import { Busy, CopyButton, Heading, Notice } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { cleanDomain, looksLikeDomain } from '../../shared/tls/domain-name';
import { ExtrasView } from '../../shared/tls/extras-view';
import { HostsView } from '../../shared/tls/hosts-view';
import { tls_words } from '../../shared/tls/words';
import { waiting } from '../../shared/use-call';
import { admin, usePortal } from '../context';
import { arrange, askDoctor, count, type DoctorFinding, type DoctorReport, type FindingState, type SectionView } from './doctor';
import { doctor_words } from './words';
import './style.css';

export function DoctorPage() {
    const { shared, language } = usePortal();
    const words = doctor_words[language];
    const [typed, type] = useState(() => new URLSearchParams(location.search).get('domain') ?? '');
    const [asked, ask] = useState<{ domain: string } | null>(null);
    const [report, setReport] = useState<DoctorReport | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const [is_bad, blame] = useState(false);
    const field = useRef<HTMLInputElement>(null);
    const is_busy = asked !== null && report === null && problem === null;

    // The sentences come from the service: another language is another question.
    useEffect(() => {
        if (!asked) return;
        let is_stale = false;
        setReport(null);
        fail(null);
        askDoctor(asked.domain, admin.token()).then(
            (answer) => { if (!is_stale) setReport(answer); },
            (error: unknown) => { if (!is_stale) fail(asProblem(error)); },
        );
        return () => { is_stale = true; };
    }, [asked, language]);

    function submit(event: Event) {
        event.preventDefault();
        const domain = cleanDomain(typed);
        blame(!looksLikeDomain(domain));
        if (!looksLikeDomain(domain)) field.current?.focus();
        else if (!is_busy) ask({ domain });
    }

    return (
        <>
            <Heading>{words.title}</Heading>
            <p>{words.lead}</p>
            <form class="inline-form" onSubmit={submit} noValidate data-part="doctor-form">
                <label for="doctor-domain">{words.domain}</label>
                <input ref={field} id="doctor-domain" value={typed} spellcheck={false} autocomplete="off" placeholder="example.org" aria-invalid={is_bad ? 'true' : undefined}
                    aria-describedby={is_bad ? 'doctor-bad' : undefined} onInput={(event) => type(event.currentTarget.value)} />
                <button type="submit" {...waiting(is_busy)} data-action="examine">{words.ask}</button>
            </form>
            {is_bad && <p id="doctor-bad" class="small" role="alert">{tls_words[language].bad_domain}</p>}
            <div aria-live="polite">
                {is_busy && <Busy text={words.asking} />}
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                {report && <Summary report={report} />}
            </div>
            {report && <Report report={report} />}
        </>
    );
}

function Summary(props: { report: DoctorReport }) {
    const { language } = usePortal();
    const words = doctor_words[language];
    const { report } = props;
    const [bad, unknown, warn] = (['bad', 'unknown', 'warn'] as const).map((state) => count(report, state)) as [number, number, number];
    const sentences = [bad > 0 && words.ill(bad), unknown > 0 && words.unknown(unknown), warn > 0 && words.also(warn)].filter(Boolean);
    return (
        <div data-part="doctor-summary" data-healthy={String(report.healthy)}>
            <div class={`notice ${report.healthy ? 'good' : bad > 0 ? 'bad' : 'warn'}`}>
                <strong>{report.healthy ? words.healthy(report.domain) : sentences.shift()}</strong>
                {sentences.length > 0 && <p>{sentences.join(' ')}</p>}
            </div>
        </div>
    );
}

function Report(props: { report: DoctorReport }) {
    const { language } = usePortal();
    const words = doctor_words[language];
    const { report } = props;
    const { tls } = report.sections;
    const command = `sealpost doctor ${report.domain}`;
    return (
        <>
            {arrange(report).map((view) => (
                <SectionPart key={view.section} view={view}>
                    {view.section === 'tls' && tls && tls.hosts.length > 0 && (
                        <details class="doctor-evidence">
                            <summary>{words.evidence}</summary>
                            <HostsView domain={report.domain} hosts={tls.hosts} />
                            <ExtrasView dane={tls.dane} mta_sts={tls.mta_sts} />
                        </details>
                    )}
                </SectionPart>
            ))}
            <div class="command">
                <span class="quiet small">{words.command}</span>
                <code>{command}</code>
                <CopyButton text={command} label={words.command} />
            </div>
        </>
    );
}

const looks: Record<FindingState, string> = { good: 'good', note: '', warn: 'warn', bad: 'bad', unknown: 'warn' };
const signs: Record<FindingState, string> = { good: '✓', note: 'i', warn: '!', bad: '✕', unknown: '?' };

function SectionPart(props: { view: SectionView; children: ComponentChildren }) {
    const { language } = usePortal();
    const words = doctor_words[language];
    const { section, state, findings } = props.view;
    return (
        <article class="doctor-section" data-section={section} data-state={state ?? 'none'}>
            <header>
                {state && <span class={`sign-of ${looks[state]}`} aria-hidden="true">{signs[state]}</span>}
                <div>
                    <h2>{words.sections[section]}</h2>
                    <p class="quiet small">{words.section_leads[section]}</p>
                </div>
            </header>
            {findings.length === 0 && <p class="quiet">{words.nothing}</p>}
            <ul>{findings.map((finding, index) => <Finding key={index} finding={finding} />)}</ul>
            {props.children}
        </article>
    );
}

function Finding(props: { finding: DoctorFinding }) {
    const { language } = usePortal();
    const words = doctor_words[language];
    const { state, about, what, fix } = props.finding;
    return (
        <li data-state={state}>
            <span class={`badge ${looks[state] ?? ''}`}>{words.states[state] ?? state}</span>
            <div>
                <p><strong>{about}</strong>{about && ' '}{what}</p>
                {fix && <p class="doctor-fix"><span class="quiet small">{withColon(words.to_do, language)}</span> {fix}</p>}
            </div>
        </li>
    );
}

// One address checked: the verdict, and the path that led to it.

import { useState } from 'preact/hooks';
import { Busy, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { waiting } from '../shared/use-call';
import type { SpfReport, SpfResult, SpfStep } from './api';
import { admin, usePortal } from './context';
import { checkCommand, findDecidingPath, looksLikeAddress } from './spf';
import { Command } from './spf-advice-part';
import { spf_words } from './spf-words';

interface Question {
    address: string;
    sender: string;
    helo: string;
}

export function CheckPart() {
    const { shared, language } = usePortal();
    const words = spf_words[language];
    const [question, ask] = useState<Question>({ address: '', sender: '', helo: '' });
    const [answered, setAnswered] = useState<{ question: Question; report: SpfReport } | null>(null);
    const [bad, blame] = useState<'address' | 'sender' | null>(null);
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);

    async function submit(event: Event) {
        event.preventDefault();
        const clean = { address: question.address.trim(), sender: question.sender.trim(), helo: question.helo.trim() };
        const is_nobody = !clean.sender && !clean.helo;
        const fault = !looksLikeAddress(clean.address) ? 'address' : is_nobody || (clean.sender && !/^[^\s@]+@[^\s@]+$/.test(clean.sender)) ? 'sender' : null;
        blame(fault);
        if (fault || busy) return;
        wait(true);
        fail(null);
        setAnswered(null);
        try {
            setAnswered({ question: clean, report: await admin.checkSpf(clean.address, clean.sender, clean.helo) });
        } catch (error) {
            fail(asProblem(error));
        }
        wait(false);
    }

    const field = (name: keyof Question, label: string, placeholder: string) => {
        const is_bad = bad === name;
        return (
            <div>
                <label for={`spf-${name}`}>{label}</label>
                <input id={`spf-${name}`} value={question[name]} spellcheck={false} autocomplete="off" placeholder={placeholder} aria-invalid={is_bad ? 'true' : undefined}
                    aria-describedby={is_bad ? `spf-${name}-bad` : undefined} onInput={(event) => ask({ ...question, [name]: event.currentTarget.value })} />
                {is_bad && <small id={`spf-${name}-bad`} role="alert">{name === 'address' ? words.bad_address : words.bad_sender}</small>}
            </div>
        );
    };

    return (
        <article data-part="spf-check">
            <h2>{words.check_title}</h2>
            <p>{words.check_lead}</p>
            <form class="spf-form three" onSubmit={submit} noValidate>
                {field('address', words.check_address, '192.0.2.10')}
                {field('sender', words.check_sender, 'alice@example.org')}
                {field('helo', words.check_helo, 'mail.example.org')}
                <div class="row"><button type="submit" {...waiting(busy)} data-action="check">{words.check}</button></div>
            </form>
            <div aria-live="polite">
                {busy && <Busy text={words.checking} />}
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                {answered && <Verdict report={answered.report} />}
            </div>
            {answered && <Command text={checkCommand(answered.question.address, answered.question.sender, answered.question.helo)} />}
        </article>
    );
}

const tones: Record<SpfResult, 'good' | 'warn' | 'bad' | ''> = {
    none: '', neutral: '', pass: 'good', fail: 'bad', softfail: 'warn', temperror: 'warn', permerror: 'bad',
};

function Verdict(props: { report: SpfReport }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { report } = props;
    return (
        <section data-part="spf-verdict" data-result={report.result}>
            <p>
                <span class={`badge ${tones[report.result]}`}>{words.results[report.result]}</span>{' '}
                <code>{report.result}</code> · {report.domain}
            </p>
            <p>{words.meanings[report.result]} {report.mechanism && words.decided_by(report.mechanism)}</p>
            {(report.problem || report.explanation) && <p class="quiet small wrap">{report.problem || report.explanation}</p>}
            {report.trace && (
                <>
                    <h3>{words.path}</h3>
                    <Path trace={report.trace} />
                </>
            )}
        </section>
    );
}

function Path(props: { trace: readonly SpfStep[] }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const deciding = findDecidingPath(props.trace);
    return (
        <ol class="spf-path">
            {props.trace.map((step, index) => {
                const is_record = step.term === 'v=spf1';
                return (
                    <li key={index} class={deciding.has(index) ? 'deciding' : ''} data-outcome={step.outcome} style={{ '--depth': Math.min(step.depth, 6) }}>
                        <code>{is_record ? step.domain : step.term}</code>
                        <span class="outcome">{words.step_outcomes[step.outcome] ?? step.outcome}</span>
                        {!is_record && step.asked && <span class="quiet small wrap">{words.asked} {step.asked}</span>}
                        {step.detail && <span class="quiet small wrap detail">{step.detail}</span>}
                    </li>
                );
            })}
        </ol>
    );
}

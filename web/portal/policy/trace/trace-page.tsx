// "Trace": what would happen to a message, told before it is sent.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Busy, CopyButton, Heading, Notice } from '../../../shared/parts';
import { asProblem, type Problem } from '../../../shared/problem';
import { describeProblem } from '../../../shared/tongue';
import { useUnsaved } from '../../../shared/unsaved';
import { waiting } from '../../../shared/use-call';
import type { Trace, TraceQuestion } from '../api';
import { policy, ProblemList, readProblems, usePolicy, usePolicyWords } from '../context';
import { focusFirstFault } from '../key-field';
import { empty_form, findTraceFaults, makeQuestion, traceCommand, type TraceForm } from './trace';
import { TraceFields } from './trace-form';
import { TraceResult } from './trace-result';
import { trace_words } from './trace-words';
import '../tables/tables.css';
import './trace.css';

interface Answer {
    question: TraceQuestion;
    trace: Trace;
    form: TraceForm;
}

export function TracePage() {
    const { words: policy_words, shared, language } = usePolicyWords();
    const words = trace_words[language];
    const { state } = usePolicy();
    const [form, setForm] = useState<TraceForm>(empty_form);
    const [tried, attempt] = useState(0);
    const [answer, setAnswer] = useState<Answer | null>(null);
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const own = useRef<HTMLFormElement>(null);
    useUnsaved(form.message.trim() !== '' && answer?.form !== form);
    const faults = tried > 0 ? findTraceFaults(form) : [];

    const change = (facts: Partial<TraceForm>) => setForm((known) => ({ ...known, ...facts }));

    // The first listener is the one that most questions are about. Others may have been typed into while it was on its way.
    useEffect(() => {
        const first = state?.listeners[0];
        if (first) setForm((known) => (known.listener === '' ? { ...known, listener: first.name } : known));
    }, [state]);
    useLayoutEffect(() => {
        if (tried > 0) focusFirstFault(own.current);
    }, [tried]);

    async function submit(event: Event) {
        event.preventDefault();
        attempt(tried + 1);
        if (findTraceFaults(form).length > 0 || busy) return;
        const question = makeQuestion(form);
        wait(true);
        fail(null);
        setAnswer(null);
        try {
            setAnswer({ question, trace: await policy.trace(question), form });
        } catch (error) {
            fail(asProblem(error));
        }
        wait(false);
    }

    return (
        <>
            <Heading>{policy_words.trace}</Heading>
            <p>{words.lead}</p>
            <article>
                <form ref={own} onSubmit={submit} noValidate class="trace-form" data-part="trace-form">
                    <TraceFields form={form} faults={faults} change={change} />
                    <div class="row"><button type="submit" {...waiting(busy)} disabled={!state} data-action="trace">{words.run}</button></div>
                </form>
            </article>
            <div aria-live="polite">
                {busy && <Busy text={words.running} />}
                {problem && (problem.kind === 'refused'
                    ? <Notice kind="bad"><ProblemList problems={readProblems(problem)} /></Notice>
                    : <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>)}
            </div>
            {answer && (
                <article data-part="trace-result">
                    <Heading level={2} focus>{words.result}</Heading>
                    {answer.form !== form && <p class="small quiet">{words.outdated}</p>}
                    <TraceResult trace={answer.trace} />
                    <div class="command">
                        <span class="quiet small">{policy_words.command}</span>
                        <code>{traceCommand(answer.question)}</code>
                        <CopyButton text={traceCommand(answer.question)} label={policy_words.command} />
                    </div>
                </article>
            )}
        </>
    );
}

// The answer of Trace: the outcome, each recipient's fate, and the stages in the order of the pipeline.

import type { Trace, TraceStep } from '../api';
import { usePolicyWords } from '../context';
import { splitFacts, toneOf, type Fact } from './trace';
import { describeFact } from './trace-facts';
import { trace_words } from './trace-words';

export function TraceResult(props: { trace: Trace }) {
    const { language } = usePolicyWords();
    const words = trace_words[language];
    const { outcome, recipients, steps } = props.trace;
    return (
        <>
            <p class="trace-outcome" data-part="trace-outcome" data-outcome={outcome}>
                <span class={`badge ${toneOf(outcome)}`}>{words.outcomes[outcome] ?? outcome}</span> {words.outcome_says[outcome]}
            </p>
            {recipients.length > 0 && <Recipients trace={props.trace} />}
            <h3>{words.steps}</h3>
            <ol class="trace" data-part="trace-steps">
                {steps.map((step, index) => <Step key={index} step={step} />)}
            </ol>
        </>
    );
}

function Verdict(props: { verdict: string }) {
    const { language } = usePolicyWords();
    const { verdicts } = trace_words[language];
    const known = Object.hasOwn(verdicts, props.verdict) ? verdicts[props.verdict] : undefined;
    return <span class={`badge ${toneOf(props.verdict)}`}>{known ?? props.verdict.replaceAll('_', ' ')}</span>;
}

function Recipients(props: { trace: Trace }) {
    const { language } = usePolicyWords();
    const words = trace_words[language];
    return (
        <table class="cards" data-part="trace-recipients">
            <thead><tr><th scope="col">{words.recipient}</th><th scope="col">{words.outcome}</th><th scope="col">{words.reply}</th></tr></thead>
            <tbody>
                {props.trace.recipients.map((one, index) => (
                    <tr key={index} data-outcome={one.outcome}>
                        <td data-label={words.recipient}><span>{one.address}</span></td>
                        <td data-label={words.outcome}><span><Verdict verdict={one.outcome} /></span></td>
                        <td data-label={words.reply}>{one.reply ? <code>{one.reply}</code> : <span class="quiet">–</span>}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function Step(props: { step: TraceStep }) {
    const { language } = usePolicyWords();
    const words = trace_words[language];
    const { stage, title, verdict, result, facts, reply } = props.step;
    const { first, defaults } = splitFacts(facts);
    return (
        <li data-stage={stage} data-result={result} class={toneOf(result)}>
            <h4>{words.stages[stage] ?? title} <Verdict verdict={result} /></h4>
            <p class="said small" lang="en">{title}: {verdict}</p>
            {first.length > 0 && <Facts stage={stage} facts={first} />}
            {reply && <p class="reply"><span class="quiet small">{words.reply}</span> <code>{reply}</code></p>}
            {defaults.length > 0 && (
                <details>
                    <summary class="small">{words.defaults(defaults.length)}</summary>
                    <Facts stage={stage} facts={defaults} />
                </details>
            )}
        </li>
    );
}

function Facts(props: { stage: string; facts: readonly Fact[] }) {
    const { language } = usePolicyWords();
    return (
        <dl class="trace-facts">
            {props.facts.map((fact, index) => {
                const { name, value, origin } = describeFact(props.stage, fact, language);
                return (
                    <div key={index} data-fact={fact.name}>
                        <dt>{name}</dt>
                        <dd>
                            <span class="wrap">{value}</span>
                            {fact.from && <span class={`origin from-${fact.from}`} data-from={fact.from}>{origin}</span>}
                        </dd>
                    </div>
                );
            })}
        </dl>
    );
}

// The advice about one domain: record now and to publish, lookups, problems, tree, proof.

import { useState } from 'preact/hooks';
import { CopyButton, Heading } from '../shared/parts';
import type { SpfAdvice, SpfNode, SpfProblem } from './api';
import { usePortal } from './context';
import { adviseCommand, markTerms, type RecordTerm } from './spf';
import { LookupBar, SpfTree } from './spf-tree';
import { spf_words } from './spf-words';

const badge_of = { publish: 'good', unchanged: 'good', none: 'bad', could_not_tell: 'warn' } as const;

export function AdvicePart(props: { advice: SpfAdvice }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { advice } = props;
    return (
        <article class="spf-advice" data-part="spf-advice" data-conclusion={advice.conclusion}>
            <header class="spread">
                <Heading level={2} focus>{advice.domain}</Heading>
                <span class={`badge ${badge_of[advice.conclusion]}`}>{words.conclusions[advice.conclusion]}</span>
            </header>
            <Records advice={advice} />
            <Lookups advice={advice} />
            <Problems problems={advice.problems} />
            <Trees advice={advice} />
            {advice.publish && <Proof advice={advice} />}
            <footer><Command text={adviseCommand(advice.domain, advice.include)} /></footer>
        </article>
    );
}

function Records(props: { advice: SpfAdvice }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { advice } = props;
    const shows_change = advice.conclusion === 'publish' && advice.publish !== null;
    return (
        <>
            <section>
                <h3>{advice.records.length > 1 ? words.now_several : words.now}</h3>
                {advice.records.length === 0 && <p class="quiet">{words.now_none}</p>}
                {advice.records.map((record, index) => (
                    <RecordText key={index} terms={markTerms(record, shows_change ? advice.publish : null, 'removed')} part="record-now" />
                ))}
            </section>
            <section>
                <h3>{words.publish}</h3>
                {shows_change && advice.publish ? (
                    <>
                        <RecordText terms={markTerms(advice.publish, advice.records.join(' ') || 'v=spf1', 'added')} part="record-publish" />
                        <div class="row copy-row"><CopyButton text={advice.publish} label={words.copy_record} /></div>
                        <p class="small quiet zone-label">{words.zone_line}</p>
                        <pre class="zone" data-part="zone-line" tabIndex={0}><code>{advice.zone_line}</code></pre>
                        <div class="row copy-row"><CopyButton text={advice.zone_line ?? ''} label={words.copy_zone} /></div>
                    </>
                ) : <p>{advice.conclusion === 'publish' ? '' : words[advice.conclusion]}</p>}
            </section>
        </>
    );
}

function RecordText(props: { terms: readonly RecordTerm[]; part: string }) {
    return (
        <p class="spf-record" data-part={props.part}>
            {props.terms.map((term, index) => (
                <span key={index}>{index > 0 && ' '}{term.mark === 'same' ? term.text : term.mark === 'added' ? <ins>{term.text}</ins> : <del>{term.text}</del>}</span>
            ))}
        </p>
    );
}

function Lookups(props: { advice: SpfAdvice }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { advice } = props;
    const { lookups, void_lookups } = advice;
    const row = (label: string, tree: SpfNode, count: number, voids: number) => (
        <div class="lookup-row">
            <div class="spread"><span>{label}</span><strong data-part="lookup-count">{words.count(count, lookups.limit)}</strong></div>
            <LookupBar tree={tree} limit={lookups.limit} label={words.count_label(count, lookups.limit)} />
            <p class="small quiet">{count > lookups.limit && <strong>{words.over} </strong>}{words.voids(voids, void_lookups.limit)}</p>
        </div>
    );
    return (
        <section data-part="lookups">
            <h3>{words.lookups}</h3>
            <div class="lookup-rows">
                {row(words.lookups_now, advice.tree, lookups.before, void_lookups.before)}
                {advice.conclusion !== 'unchanged' && advice.tree_after && row(words.lookups_after, advice.tree_after, lookups.after ?? 0, void_lookups.after ?? 0)}
            </div>
        </section>
    );
}

const badge_for = { error: 'bad', warning: 'warn', note: '' } as const;

function Problems(props: { problems: readonly SpfProblem[] }) {
    const { language } = usePortal();
    const words = spf_words[language];
    return (
        <section data-part="problems">
            <h3>{words.problems}</h3>
            {props.problems.length === 0 && <p>{words.problems_none}</p>}
            <ul class="spf-problems">
                {props.problems.map((problem, index) => (
                    <li key={index} data-kind={problem.kind}>
                        <span class={`badge ${badge_for[problem.severity]}`}>{words.severities[problem.severity]}</span>
                        <div>
                            <p>{problem.text}{problem.column !== null && <span class="quiet small"> ({words.column(problem.column)})</span>}</p>
                            {problem.fix && <p class="small"><strong>{words.to_do} </strong>{problem.fix}</p>}
                        </div>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Trees(props: { advice: SpfAdvice }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { advice } = props;
    const after = advice.conclusion === 'unchanged' ? null : advice.tree_after;
    const [shows_after, show] = useState(false);
    const tree = shows_after && after ? after : advice.tree;
    if (advice.tree.inside.length === 0 && !after) return null;
    return (
        <section data-part="tree">
            <div class="spread">
                <h3>{words.tree}</h3>
                {after && (
                    <div class="choice-of-two" role="group" aria-label={words.tree}>
                        <button type="button" aria-pressed={!shows_after} onClick={() => show(false)}>{words.tree_now}</button>
                        <button type="button" aria-pressed={shows_after} data-action="tree-after" onClick={() => show(true)}>{words.tree_after}</button>
                    </div>
                )}
            </div>
            <SpfTree tree={tree} limit={advice.lookups.limit} />
        </section>
    );
}

function Proof(props: { advice: SpfAdvice }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { proof } = props.advice;
    const others = proof.changed_count - proof.changed_by_include;
    return (
        <section data-part="proof">
            <h3>{words.proof}</h3>
            <p>{words.proof_said(proof.probes, proof.include_probes, others, proof.at_void_limit)}{proof.at_void_limit > 0 && ` ${words.proof_at_limit(proof.at_void_limit)}`}{proof.was_cut && ` ${words.proof_cut}`}</p>
            {proof.changed.length > 0 && (
                <details>
                    <summary>{words.proof_table}</summary>
                    <table class="cards">
                        <thead><tr><th scope="col">{words.address}</th><th scope="col">{words.why}</th><th scope="col">{words.before}</th><th scope="col">{words.after}</th></tr></thead>
                        <tbody>
                            {proof.changed.map((one, index) => (
                                <tr key={index}>
                                    <td data-label={words.address}><code>{one.address}</code></td>
                                    <td data-label={words.why}>{one.why === null ? words.at_random : one.why === 'sender' ? words.sending : <code>{one.why}</code>}</td>
                                    <td data-label={words.before}>{words.results[one.before]}</td>
                                    <td data-label={words.after}>{words.results[one.after]}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </details>
            )}
        </section>
    );
}

export function Command(props: { text: string }) {
    const { language } = usePortal();
    const words = spf_words[language];
    return (
        <div class="command">
            <span class="quiet small">{words.command}</span>
            <code>{props.text}</code>
            <CopyButton text={props.text} label={words.command} />
        </div>
    );
}

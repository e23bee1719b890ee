// The preview: what the staged changes would have done with the connections and messages of the past. The
// bars stand in the cells of a table, so that a screen reader and a copy have the numbers as they are.

import { useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import type { Moved, Preview } from './api';
import { barWidth } from './changes';
import { commit_words } from './commit-words';
import { policy, useLoaded, usePolicyWords } from './context';
import { LoadNotices } from './parts';
import { sayVerdict } from './verdict-words';

const choices = [100, 1000, 10_000];

export function PreviewPart() {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const [last, choose] = useState(10_000);
    const { data, problem } = useLoaded(() => policy.preview(last), [last]);
    // A node that keeps no facts of the past has no such call.
    if (problem?.kind === 'not-found') return null;
    return (
        <article data-part="preview">
            <div class="spread">
                <h2>{own.preview}</h2>
                <div class="listener-choice">
                    <label for="preview-last">{own.preview_last}</label>
                    <select id="preview-last" value={last} onChange={(event) => choose(Number(event.currentTarget.value))}>
                        {choices.map((count) => <option key={count} value={count}>{count.toLocaleString(language)}</option>)}
                    </select>
                </div>
            </div>
            <p class="quiet small">{own.preview_lead}</p>
            <LoadNotices data={data} problem={problem} />
            {data && <Result preview={data} />}
        </article>
    );
}

function Result(props: { preview: Preview }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { preview } = props;
    const show = (value: number) => value.toLocaleString(language);
    if (preview.connections === 0 && preview.messages === 0) return <><p>{own.preview_empty}</p><NotPlayed keys={preview.not_played} /></>;
    const { different } = preview;
    const largest = Math.max(...[...preview.groups, ...preview.policies, ...preview.verdicts].flatMap((row) => [row.connections, row.messages]), 1);
    return (
        <>
            <p data-part="preview-sum">
                {different.connections + different.messages === 0 ? own.preview_none : own.preview_sum(show(different.connections), show(preview.connections), show(different.messages), show(preview.messages))}{' '}
                {preview.since && preview.until && <span class="quiet small">{own.preview_span(formatTime(preview.since, language), formatTime(preview.until, language))}</span>}
            </p>
            {(['verdicts', 'policies', 'groups'] as const).map((name) => preview[name].length > 0 && <MovedTable key={name} title={own.tables[name]} rows={preview[name]} largest={largest} />)}
            {preview.examples.length > 0 && <Examples preview={preview} />}
            <NotPlayed keys={preview.not_played} />
        </>
    );
}

/** What changes and shows in no figure: said, since "nothing would have ended differently" is not true of it. */
function NotPlayed(props: { keys: readonly string[] }) {
    const { language } = usePolicyWords();
    if (props.keys.length === 0) return null;
    return <p data-part="not-played">{commit_words[language].not_played} <code>{props.keys.join(', ')}</code></p>;
}

function MovedTable(props: { title: string; rows: readonly Moved[]; largest: number }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    return (
        <table class="plain-table preview-table">
            <caption>{props.title}</caption>
            <thead><tr><th scope="col">{own.before} → {own.after}</th><th scope="col">{own.connections}</th><th scope="col">{own.messages}</th></tr></thead>
            <tbody>
                {props.rows.map((row) => (
                    <tr key={`${row.before} ${row.after}`}>
                        <th scope="row"><span><Verdict text={row.before} /></span> <span class="quiet" aria-label={own.becomes}>→</span> <span><Verdict text={row.after} /></span></th>
                        <td><Bar value={row.connections} largest={props.largest} kind="connections" /></td>
                        <td><Bar value={row.messages} largest={props.largest} kind="messages" /></td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function Verdict(props: { text: string }) {
    const { language } = usePolicyWords();
    return <>{sayVerdict(props.text, language)}</>;
}

function Bar(props: { value: number; largest: number; kind: string }) {
    const { language } = usePolicyWords();
    return (
        <span class="preview-bar">
            <span class="value">{props.value.toLocaleString(language)}</span>
            <span class="track" aria-hidden="true"><span class={props.kind} style={{ width: `${barWidth(props.value, props.largest)}%` }} /></span>
        </span>
    );
}

function Examples(props: { preview: Preview }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const fate = (one: { group: string; policy: string; verdict: string }) => <span class="fate">{one.group} · {one.policy}<br /><Verdict text={one.verdict} /></span>;
    return (
        <details data-part="examples">
            <summary>{own.examples} ({props.preview.examples.length})</summary>
            <table class="cards plain-table">
                <thead><tr><th scope="col">{own.time}</th><th scope="col">{own.host}</th><th scope="col">{own.from_to}</th><th scope="col">{own.before}</th><th scope="col">{own.after}</th></tr></thead>
                <tbody>
                    {props.preview.examples.map((one, index) => (
                        <tr key={index}>
                            <td data-label={own.time} class="small">{formatTime(one.time, language)}</td>
                            <td data-label={own.host}><span>{one.host ?? ''} <span class="quiet small">{one.ip}</span></span></td>
                            <td data-label={own.from_to} class="small"><span>{one.sender || '<>'}<br />{one.recipient}</span></td>
                            <td data-label={own.before} class="small">{fate(one.before)}</td>
                            <td data-label={own.after} class="small">{fate(one.after)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </details>
    );
}

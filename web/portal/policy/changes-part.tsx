// Changes of the policy document, readable: rows with their keys before and after, senders with their number.

import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../../shared/problem';
import type { Change, Key, Value } from './api';
import { countUntold, sortChanges } from './changes';
import { commit_words } from './commit-words';
import { DifferenceText, policy, useLoaded, usePolicyWords } from './context';
import { labelOf } from './key-words';
import { LoadNotices } from './parts';
import { showValue } from './show-value';

export function ChangeList(props: { changes: readonly Change[] }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { main, moved } = sortChanges(props.changes);
    const place = (change: Change) => Number(change.keys.find((key) => key.name === 'order')?.after ?? 0);
    const order = moved.filter((one) => one.section === 'sender_group').sort((one, other) => place(one) - place(other)).map((one) => `${one.row}${place(one) ? ` (${place(one)})` : ''}`);
    const rows = moved.filter((one) => one.section !== 'sender_group');
    return (
        <ul class="change-list">
            {main.map((change) => <ChangeItem key={`${change.section} ${change.row} ${change.kind}`} change={change} />)}
            {rows.map((change) => <ChangeItem key={`${change.section} ${change.row} moved`} change={change} />)}
            {order.length > 0 && <li data-kind="moved"><span class="badge">{own.kinds.moved}</span> {own.sections.sender_group} <span class="small">{own.reordered(order.join(', '))}</span></li>}
        </ul>
    );
}

const tones = { added: 'good', removed: 'bad', changed: 'warn', moved: '' };

function ChangeItem(props: { change: Change }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { change } = props;
    const keys = change.keys.filter((key) => !(change.kind === 'added' && (key.name === 'name' || key.name === 'listener')));
    return (
        <li data-kind={change.kind} data-row={change.row}>
            <p><span class={`badge ${tones[change.kind]}`}>{own.kinds[change.kind]}</span> {own.sections[change.section] ?? change.section} <strong>{change.label || change.row}</strong></p>
            {keys.length > 0 && change.kind !== 'removed' && <KeyTable change={change} keys={keys} />}
            {change.senders && <Senders senders={change.senders} />}
        </li>
    );
}

function KeyTable(props: { change: Change; keys: Change['keys'] }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const is_new = props.change.kind === 'added';
    const { section } = props.change;
    return (
        <table class="key-table">
            <thead class="hidden-label"><tr><th scope="col">{own.key}</th>{!is_new && <th scope="col">{own.before}</th>}<th scope="col">{own.after}</th></tr></thead>
            <tbody>
                {props.keys.map((key) => (
                    <tr key={key.name}>
                        <th scope="row">{labelOf(section, key.name, language)}</th>
                        {!is_new && <td><Shown mark="del" section={section} name={key.name} value={key.before} count={key.before_count} /></td>}
                        <td><Shown mark="ins" section={section} name={key.name} value={key.after} count={key.after_count} /></td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function Shown(props: { mark: 'ins' | 'del'; section: string; name: string; value: Value | null; count: number | undefined }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const Mark = props.mark;
    if (props.value === null) return <Mark><span class="quiet">{own.left_out}</span></Mark>;
    const untold = countUntold(props.value, props.count);
    return <><Mark>{showValue(props.section, { name: props.name, type: typeOf(props.value) }, props.value, language)}</Mark>{untold > 0 && <> {own.and_more(untold)}</>}</>;
}

/** As far as a value tells its type: what changed is shown without the section's keys. */
function typeOf(value: Value): Key['type'] {
    return typeof value === 'boolean' ? 'flag' : typeof value === 'number' ? 'number' : 'choice';
}

function Senders(props: { senders: NonNullable<Change['senders']> }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { added, removed, added_count, removed_count } = props.senders;
    const list = (shown: readonly string[], total: number, said: string, kind: 'ins' | 'del') => {
        const Mark = kind;
        return total > 0 && (
            <p class="small sender-changes">
                {said}{language === 'fr' ? '\u00a0: ' : ': '}
                {shown.map((text, index) => <>{index > 0 && ', '}<Mark><code>{text}</code></Mark></>)}
                {total > shown.length && <> {own.and_more(total - shown.length)}</>}
            </p>
        );
    };
    return (
        <>
            {list(added, added_count, own.senders_added(added_count), 'ins')}
            {list(removed, removed_count, own.senders_removed(removed_count), 'del')}
        </>
    );
}

/** The unified text, asked for when it is opened. */
export function DifferencePart(props: { range?: { to: number } }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const [text, show] = useState<string | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    function open(is_open: boolean) {
        if (is_open) policy.changes(props.range).then((answer) => show(answer.difference), (error: unknown) => fail(asProblem(error)));
    }
    return (
        <details onToggle={(event) => open(event.currentTarget.open)} data-part="difference">
            <summary>{own.text}</summary>
            {text === null ? <LoadNotices data={null} problem={problem} /> : text === '' ? <p>{own.no_difference}</p> : <DifferenceText text={text} />}
        </details>
    );
}

/** What one commit changed. */
export function CommitChanges(props: { version: number }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const range = { to: props.version };
    const { data, problem } = useLoaded(() => policy.changes(range), [props.version]);
    return (
        <>
            <LoadNotices data={data} problem={problem} />
            {data?.changes.length === 0 && <p class="quiet">{own.no_difference}</p>}
            {data && data.changes.length > 0 && <ChangeList changes={data.changes} />}
            <DifferencePart range={range} />
        </>
    );
}

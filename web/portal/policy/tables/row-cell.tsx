// One value of a row in a list: what is written, or in grey what counts instead.

import type { ComponentChildren } from 'preact';
import type { Language } from '../../../shared/language';
import { useTongue } from '../../../shared/tongue';
import type { Key, Row, Value, Values } from '../api';
import { field_words } from '../field-words';
import { choiceOf, labelOf } from '../key-words';
import { showValue } from '../show-value';
import { kindOfRoute, parseHost } from './hosts';
import type { TableFacts } from './table-facts';
import { tables_words } from './table-words';

/** A column of the list: one key, or several that it gathers. */
export interface Column {
    name: string;
    label: string;
    fact: Key | null;
}

export function findColumns(facts: TableFacts, keys: readonly Key[], language: Language): Column[] {
    return facts.columns.flatMap((name) => {
        const gathered = tables_words[language].gathered[name];
        const fact = keys.find((key) => key.name === name) ?? null;
        return gathered || fact ? [{ name, label: gathered ?? labelOf(facts.section, name, language), fact }] : [];
    });
}

/** Key → how many entries its list has, where `values` hold the first ones only. */
export type Counts = Readonly<Record<string, number>>;

/** The cells of one row. */
export function RowCells(props: { facts: TableFacts; columns: readonly Column[]; keys: readonly Key[]; values: Values; row?: Row; counts?: Counts }) {
    const { facts, columns, keys, values, row, counts } = props;
    return (
        <>
            {columns.map(({ name, label, fact }) => (
                <td key={name} data-label={label}>
                    {fact ? <RowCell facts={facts} fact={fact} values={values} row={row} count={counts?.[fact.name]} />
                        : name === 'limits' ? <LimitsCell values={values} keys={keys} /> : <ConditionsCell values={values} keys={keys} />}
                </td>
            ))}
        </>
    );
}

interface CellProps {
    facts: TableFacts;
    fact: Key;
    values: Values;
    row: Row | undefined;
    count: number | undefined;
}

const tones: Readonly<Record<string, string>> = { accept: 'good', allow: 'good', reject: 'bad', seal: 'good', clear: 'warn' };

function RowCell(props: CellProps): ComponentChildren {
    const { language } = useTongue();
    const words = tables_words[language];
    const { facts, fact, values } = props;
    const value = values[fact.name];
    if (fact.name === facts.columns[0]) return <NameCell {...props} />;
    if (facts.section === 'route' && fact.name === 'hosts') return <HostsCell value={value} />;
    if (fact.name === 'action') return <ActionCell {...props} />;
    if (fact.name === 'code') return values['action'] === 'reject' ? <span class={value === undefined ? 'quiet' : ''}>{String(value ?? fact.fallback ?? '')} {String(values['text'] ?? '')}</span> : null;
    if (value === undefined && fact.name === 'listener') return <span class="quiet">{facts.section === 'recipient' ? words.all_public : words.anywhere}</span>;
    if (value === undefined && fact.name === 'bounce_profile') return <span class="quiet">{words.policy_profile}</span>;
    const counts = value ?? fact.fallback;
    if (counts === null || counts === undefined || (Array.isArray(counts) && counts.length === 0)) return <span class="quiet">–</span>;
    // A key that no profile ends is kept for ten years.
    const zero = fact.name === 'expires_after' ? words.ten_years : words.never;
    if (fact.type === 'duration' && Number.parseInt(String(counts), 10) === 0) return <span class={value === undefined ? 'quiet' : ''}>{zero}</span>;
    if (fact.type === 'texts' && Array.isArray(counts)) return <Entries entries={counts} count={props.count} />;
    return <span class={value === undefined ? 'quiet' : ''}>{showValue(facts.section, fact, counts, language)}</span>;
}

function NameCell({ facts, fact, values, row, count }: CellProps) {
    const { language } = useTongue();
    const words = tables_words[language];
    const fixed = words.tables[facts.section].fixed;
    if (row?.predefined) return <strong>{fixed}</strong>;
    const value = values[fact.name];
    return <Entries entries={[value ?? []].flat().map(String)} count={count} />;
}

/** The first few; a list may have thousands. */
function Entries(props: { entries: readonly string[]; count: number | undefined }) {
    const { language } = useTongue();
    const few = props.entries.slice(0, 4);
    return (
        <span class="entries names">
            {few.map((entry) => <span key={entry}>{entry}</span>)}
            {props.entries.length > few.length && <span class="quiet">… {tables_words[language].entries(props.count ?? props.entries.length)}</span>}
        </span>
    );
}

function ActionCell({ facts, fact, values }: CellProps) {
    const { language } = useTongue();
    const action = String(values['action'] ?? fact.fallback ?? '');
    return (
        <span>
            <span class={`badge ${tones[action] ?? ''}`}>{choiceOf(facts.section, 'action', action, language)}</span>
            {facts.section === 'recipient' && action === 'reject' && values['code'] !== undefined && <span class="small"> {String(values['code'])} {String(values['text'] ?? '')}</span>}
        </span>
    );
}

function LimitsCell({ values, keys }: { values: Values; keys: readonly Key[] }) {
    const { language } = useTongue();
    const words = tables_words[language];
    const number = (name: string) => Number(values[name] ?? keys.find((key) => key.name === name)?.fallback ?? 0);
    const is_own = (name: string) => (values[name] === undefined ? 'quiet' : '');
    const count = number('max_recipients');
    return (
        <span class="entries">
            <span class={is_own('max_connections')}>{words.connections(number('max_connections'))}</span>
            <span class={is_own('max_messages_per_connection')}>{words.messages(number('max_messages_per_connection'))}</span>
            <span class={is_own('max_recipients')}>{count > 0 ? words.recipients(count, number('recipient_minutes')) : words.no_recipients}</span>
        </span>
    );
}

const not_conditions = new Set(['name', 'action', 'profile', 'strip_subject_tag', 'own_domains']);

function ConditionsCell({ values, keys }: { values: Values; keys: readonly Key[] }) {
    const { language } = useTongue();
    const given = keys.filter((key) => !not_conditions.has(key.name) && values[key.name] !== undefined);
    if (given.length === 0) return <span class="quiet">{tables_words[language].unconditional}</span>;
    return (
        <span class="entries names">
            {given.map((key) => <span key={key.name}><span class="quiet small">{labelOf('encryption_rule', key.name, language)}</span> {showValue('encryption_rule', key, values[key.name], language)}</span>)}
        </span>
    );
}

function HostsCell(props: { value: Value | undefined }) {
    const { language } = useTongue();
    const words = field_words[language];
    const lines = [props.value ?? []].flat().map(String);
    const kind = kindOfRoute(lines.join('\n'));
    if (kind === 'dns') return <span class="quiet">{words.route_dns}</span>;
    if (kind === 'drop') return <span class="badge warn">{words.route_drop}</span>;
    return (
        <span class="entries names">
            {lines.map((line) => {
                const { priority, host, port } = parseHost(line);
                return <span key={line}>{priority && <span class="quiet small">{priority} </span>}{host}{port && <span class="quiet">:{port}</span>}</span>;
            })}
        </span>
    );
}

// One value of a row in a list: what is written, or in grey what counts instead.

import type { ComponentChildren } from 'preact';
import { useTongue } from '../../../shared/tongue';
import type { Key, Row, Value, Values } from '../api';
import { field_words } from '../field-words';
import { choiceOf } from '../key-words';
import { showValue } from '../show-value';
import { kindOfRoute, parseHost } from './hosts';
import type { TableFacts } from './table-facts';
import { tables_words } from './table-words';

interface CellProps {
    facts: TableFacts;
    fact: Key;
    values: Values;
    row?: Row;
}

const tones: Readonly<Record<string, string>> = { accept: 'good', allow: 'good', reject: 'bad', seal: 'good', clear: 'warn' };

export function RowCell(props: CellProps): ComponentChildren {
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
    if (fact.name === 'max_recipients') return <LimitCell values={values} fact={fact} />;
    const counts = value ?? fact.fallback;
    if (counts === null || counts === undefined || (Array.isArray(counts) && counts.length === 0)) return <span class="quiet">–</span>;
    if (fact.type === 'texts' && Array.isArray(counts)) return <Entries entries={counts} />;
    return <span class={value === undefined ? 'quiet' : ''}>{showValue(facts.section, fact, counts, language)}</span>;
}

function NameCell({ facts, fact, values, row }: CellProps) {
    const { language } = useTongue();
    const words = tables_words[language];
    const fixed = words.tables[facts.section].fixed;
    if (row?.predefined) return <span><strong>{fixed}</strong> <span class="badge">{words.predefined}</span></span>;
    const value = values[fact.name];
    return <Entries entries={[value ?? []].flat().map(String)} />;
}

/** The first few; a list may have thousands. */
function Entries(props: { entries: readonly string[] }) {
    const { language } = useTongue();
    const few = props.entries.slice(0, 4);
    return (
        <span class="entries">
            {few.map((entry) => <span key={entry}>{entry}</span>)}
            {props.entries.length > few.length && <span class="quiet">… {tables_words[language].entries(props.entries.length)}</span>}
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

function LimitCell({ values, fact }: { values: Values; fact: Key }) {
    const { language } = useTongue();
    const count = values['max_recipients'] ?? fact.fallback;
    if (!count) return <span class="quiet">{tables_words[language].no_limit}</span>;
    return <span>{String(count)} / {String(values['recipient_minutes'] ?? 60)} min</span>;
}

function HostsCell(props: { value: Value | undefined }) {
    const { language } = useTongue();
    const words = field_words[language];
    const lines = [props.value ?? []].flat().map(String);
    const kind = kindOfRoute(lines.join('\n'));
    if (kind === 'dns') return <span class="quiet">{words.route_dns}</span>;
    if (kind === 'drop') return <span class="badge warn">{words.route_drop}</span>;
    return (
        <span class="entries">
            {lines.map((line) => {
                const { priority, host, port } = parseHost(line);
                return <span key={line}>{priority && <span class="quiet small">{priority} </span>}{host}{port && <span class="quiet">:{port}</span>}</span>;
            })}
        </span>
    );
}

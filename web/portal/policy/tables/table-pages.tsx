// A page of one table or of several: their lists, or the form of one row, by what stands in the address:
// ROOT, ROOT/new, ROOT/edit/ID; of several tables ROOT/SECTION/new and ROOT/SECTION/edit/ID.

import { useState } from 'preact/hooks';
import { Heading, Notice } from '../../../shared/parts';
import { joinPath, useRoute } from '../../route';
import type { Edited } from '../api';
import { ProblemList, usePolicyWords } from '../context';
import { RowFormPage } from './row-form';
import type { TableFacts } from './table-facts';
import { TablePart } from './table-part';
import { tables_words } from './table-words';
import './tables.css';

interface Props {
    title: string;
    root: string;
    tables: readonly TableFacts[];
    parts: readonly string[];
}

interface Place {
    facts: TableFacts;
    id: string | null;
}

function findForm(tables: readonly TableFacts[], parts: readonly string[]): Place | null {
    const facts = tables.length === 1 ? tables[0] : tables.find((one) => one.section === parts[0]);
    const [verb, id] = tables.length === 1 ? parts : parts.slice(1);
    if (!facts || (verb !== 'new' && verb !== 'edit')) return null;
    return { facts, id: verb === 'new' ? null : (id ?? '') };
}

export function TablesPage(props: Props) {
    const { language } = usePolicyWords();
    const { go } = useRoute();
    const { tables, root } = props;
    const [done, finish] = useState<{ facts: TableFacts; edited: Edited } | null>(null);
    const form = findForm(tables, props.parts);
    const is_one = tables.length === 1;
    if (form) {
        return (
            <RowFormPage key={`${form.facts.section}/${form.id}`} facts={form.facts} id={form.id} back={root} back_name={props.title}
                done={(edited) => { finish({ facts: form.facts, edited }); go(root); }} />
        );
    }
    return (
        <div>
            <Heading focus={done !== null}>{props.title}</Heading>
            {done && <Submitted facts={done.facts} edited={done.edited} />}
            {tables.map((facts) => <TablePart key={facts.section} facts={facts} root={is_one ? root : joinPath(root, facts.section)} heading={!is_one} acted={() => finish(null)} />)}
            <p class="small command"><span class="quiet">{tables_words[language].command}</span> <code>sealpost policy export --pending &gt; policy.toml</code> <code>sealpost policy submit policy.toml</code></p>
        </div>
    );
}

/** What became of a form that was left behind; warnings of its own table. */
function Submitted(props: { facts: TableFacts; edited: Edited }) {
    const { words } = usePolicyWords();
    const { result, warnings } = props.edited;
    const own = warnings.filter((one) => !one.section || one.section === props.facts.section);
    return (
        <>
            <Notice kind="good"><p>{result === 'unchanged' ? words.nothing_changed : words.staged}</p></Notice>
            {own.length > 0 && <Notice kind="warn" title={words.warnings}><ProblemList problems={own} /></Notice>}
        </>
    );
}

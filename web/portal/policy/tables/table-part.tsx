// The list of one table: search, order where the first match wins, what is staged against live, and the ways to
// add, edit and delete.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Notice, Waiting } from '../../../shared/parts';
import { describeProblem } from '../../../shared/tongue';
import { waiting } from '../../../shared/use-call';
import { joinPath, Link } from '../../route';
import type { Change, Key, Row, Section, Values } from '../api';
import { EditNotices, useEdit, usePolicy, usePolicyWords, useSection, type Editor } from '../context';
import { findColumns, RowCells, type Column } from './row-cell';
import { findRemoved, findRows } from './rows';
import { findFixed, nameOf, type TableFacts } from './table-facts';
import { tables_words } from './table-words';

const page_size = 200;

interface PartProps {
    facts: TableFacts;
    /** Where its forms are. */
    root: string;
    /** A part among others has a heading of its own. */
    heading: boolean;
    /** Called when a row is changed in the list itself. */
    acted(): void;
}

export function TablePart(props: PartProps) {
    const { shared, language } = usePolicyWords();
    const { facts } = props;
    const words = tables_words[language];
    const own = words.tables[facts.section];
    const { state } = usePolicy();
    const { data, problem } = useSection(facts.section);
    const listeners = facts.section === 'recipient' ? (state?.listeners ?? []).filter((one) => one.kind === 'public') : [];
    const [search, setSearch] = useState('');
    const [listener, setListener] = useState('');
    const editor = ownEditor(useEdit(data?.edition), facts.section, props.acted);
    const removed = findRemoved(state?.pending?.changes ?? [], facts.section);
    return (
        <section data-part={`table-${facts.section}`}>
            {props.heading && <h2>{own.title}</h2>}
            <p>{own.lead} {facts.order && words[facts.order]}</p>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            <EditNotices editor={editor} />
            <div class="table-tools">
                <label>
                    <span>{words.search}</span>
                    <input type="search" value={search} spellcheck={false} data-action="search" onInput={(event) => setSearch(event.currentTarget.value)} />
                </label>
                {listeners.length > 0 && <ListenerFilter listener={listener} listeners={listeners.map((one) => one.name)} change={setListener} />}
                <Link to={joinPath(props.root, 'new')} class="compact add-door" action={`add-${facts.section}`}>{own.add}</Link>
            </div>
            {!data && !problem && <Waiting text={shared.loading} />}
            {data && <Rows facts={facts} root={props.root} section={data} removed={removed} editor={editor} search={search} listener={listener} />}
            {state?.pending && <p class="small quiet">{words.undo}</p>}
        </section>
    );
}

/** Warnings about other tables are on their pages. */
function ownEditor(editor: Editor, section: string, acted: () => void): Editor {
    const done = editor.done && { ...editor.done, warnings: editor.done.warnings.filter((one) => !one.section || one.section === section) };
    return { ...editor, done, submit: (changes) => { acted(); return editor.submit(changes); } };
}

function ListenerFilter(props: { listener: string; listeners: readonly string[]; change(listener: string): void }) {
    const { words, language } = usePolicyWords();
    return (
        <label>
            <span>{words.listener}</span>
            <select value={props.listener} data-action="listener" onChange={(event) => props.change(event.currentTarget.value)}>
                <option value="">{tables_words[language].all_public}</option>
                {props.listeners.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
        </label>
    );
}

interface RowsProps {
    facts: TableFacts;
    root: string;
    section: Section;
    removed: readonly Change[];
    editor: Editor;
    search: string;
    listener: string;
}

function Rows(props: RowsProps) {
    const { language } = usePolicyWords();
    const { facts, section, editor } = props;
    const words = tables_words[language];
    const written = section.rows.filter((row) => !row.predefined);
    const found = findRows(written, props.search, props.listener);
    const fixed = findFixed(facts, written);
    const [most, allow] = useState(page_size);
    const body = useRef<HTMLTableSectionElement>(null);
    const mover = useMover(facts, body, section, editor);
    const columns = findColumns(facts, section.keys, language);
    const still = { facts, columns, keys: section.keys, in_order: facts.order === 'first_match' };
    const is_narrowed = props.search.trim() !== '' || props.listener !== '';
    const { in_order } = still;
    return (
        <>
            <p class="small quiet" role="status">{is_narrowed && found.length === 0 ? words.nothing_found : words.found(found.length, written.length)}</p>
            {written.length === 0 && words.tables[facts.section].none && <p class="quiet">{words.tables[facts.section].none}</p>}
            {(found.length > 0 || fixed || props.removed.length > 0) && <table class="cards row-table">
                <thead>
                    <tr>
                        {in_order && <th scope="col">{words.order}</th>}
                        {columns.map((column) => <th key={column.name} scope="col">{column.label}</th>)}
                        <StateHead />
                        <th scope="col"><span class="hidden-label">{words.actions}</span></th>
                    </tr>
                </thead>
                <tbody ref={body}>
                    {found.slice(0, most).map((row) => {
                        const at = written.indexOf(row) + 1;
                        return (
                            <tr key={row.id} data-row={row.id} data-state={row.state}>
                                {in_order && <td data-label={words.order}><OrderCell facts={facts} row={row} at={at} count={written.length} busy={editor.busy} move={is_narrowed ? null : mover} /></td>}
                                <RowCells facts={facts} columns={columns} keys={section.keys} values={row.values} row={row} />
                                <StateCell state={row.state} />
                                <td class="whole">
                                    <RowActions facts={facts} root={props.root} row={row} editor={editor} />
                                </td>
                            </tr>
                        );
                    })}
                    {fixed && <FixedRow {...still} root={props.root} row={fixed} />}
                    {!is_narrowed && props.removed.map((change) => <RemovedRow key={`gone-${change.row}`} {...still} change={change} />)}
                </tbody>
            </table>}
            {found.length > most && <button type="button" class="compact outline" onClick={() => allow(most + page_size)}>{words.show_more}</button>}
        </>
    );
}

function StateHead() {
    return <th scope="col">{usePolicyWords().words.state}</th>;
}

function StateCell(props: { state: Row['state'] }) {
    const { words } = usePolicyWords();
    const tone = { same: '', added: 'good', changed: 'warn' }[props.state];
    return <td data-label={words.state}><span><span class={`badge ${tone} ${props.state === 'same' ? 'plain' : ''}`}>{words.states[props.state]}</span></span></td>;
}

type Move = (at: number, to: number, action: 'up' | 'down') => void;

/** Moves a row, and keeps the focus on the button that moved it. */
function useMover(facts: TableFacts, body: { current: HTMLTableSectionElement | null }, section: Section, editor: Editor): Move {
    const next = useRef<{ at: number; action: string } | null>(null);
    useLayoutEffect(() => {
        const wanted = next.current;
        if (!wanted) return;
        next.current = null;
        const row = body.current?.children[wanted.at - 1];
        const other = wanted.action === 'up' ? 'down' : 'up';
        (row?.querySelector<HTMLElement>(`[data-action=${wanted.action}]:not(:disabled)`) ?? row?.querySelector<HTMLElement>(`[data-action=${other}]`))?.focus();
    }, [section]);
    return (at, to, action) => {
        const row = section.rows.filter((one) => !one.predefined)[at - 1];
        if (!row) return;
        next.current = { at: to, action };
        void editor.submit([{ do: 'move', section: facts.section, row: row.id, to }]);
    };
}

function OrderCell(props: { facts: TableFacts; row: Row; at: number; count: number; busy: boolean; move: Move | null }) {
    const { language } = usePolicyWords();
    const words = tables_words[language];
    const { at, move } = props;
    const name = nameOf(props.facts, props.row.values);
    return (
        <span class="order-cell">
            <span>{at}</span>
            {move && <button type="button" class="compact outline secondary arrow" data-action="up" aria-label={words.move_up(name)} {...waiting(props.busy)} disabled={at === 1} onClick={() => move(at, at - 1, 'up')}>↑</button>}
            {move && <button type="button" class="compact outline secondary arrow" data-action="down" aria-label={words.move_down(name)} {...waiting(props.busy)} disabled={at === props.count} onClick={() => move(at, at + 1, 'down')}>↓</button>}
        </span>
    );
}

interface ActionsProps {
    facts: TableFacts;
    root: string;
    row: Row;
    editor: Editor;
}

function RowActions(props: ActionsProps) {
    const { words: policy, shared, language } = usePolicyWords();
    const { facts, row, editor } = props;
    const words = tables_words[language];
    const name = nameOf(facts, row.values);
    const [sure, ask] = useState(false);
    const yes = useRef<HTMLButtonElement>(null);
    useLayoutEffect(() => {
        if (sure) yes.current?.focus();
    }, [sure]);
    if (sure) {
        return (
            <div class="row row-actions">
                <span class="wrap">{words.sure(name)}</span>
                <button ref={yes} type="button" class="compact" data-action="delete-sure" {...waiting(editor.busy)}
                    onClick={() => void editor.submit([{ do: 'remove', section: facts.section, row: row.id }]).then(() => ask(false))}>{policy.delete}</button>
                <button type="button" class="compact outline secondary" onClick={() => ask(false)}>{shared.cancel}</button>
            </div>
        );
    }
    return (
        <div class="row row-actions">
            <Link to={joinPath(props.root, 'edit', row.id)} class="small" action="edit" label={words.edit_row(name)}>{policy.edit}</Link>
            <button type="button" class="plain small danger" data-action="delete" aria-label={words.delete_row(name)} onClick={() => ask(true)}>{policy.delete}</button>
        </div>
    );
}

interface StillProps {
    facts: TableFacts;
    columns: readonly Column[];
    keys: readonly Key[];
    in_order: boolean;
}

function FixedRow({ facts, root, row, columns, keys, in_order }: StillProps & { root: string; row: Row }) {
    const { words: policy, language } = usePolicyWords();
    const words = tables_words[language];
    const own = words.tables[facts.section];
    const key = facts.columns[0] ?? '';
    const door = `${joinPath(root, 'new')}?${new URLSearchParams({ [key]: [facts.fixed?.[key] ?? ''].flat().join('') })}`;
    return (
        <tr class="fixed" data-row="fixed">
            {in_order && <td data-label={words.order} />}
            <RowCells facts={facts} columns={columns} keys={keys} values={row.values} row={row} />
            <td data-label={policy.state}><span><span class="badge">{words.predefined}</span></span></td>
            <td class="whole">{facts.may_write_fixed && <div class="row row-actions"><Link to={door} class="small" action="edit-fixed" label={words.edit_row(own.fixed)}>{policy.edit}</Link></div>}</td>
        </tr>
    );
}

function RemovedRow({ facts, change, columns, keys, in_order }: StillProps & { change: Change }) {
    const { words: policy, language } = usePolicyWords();
    const words = tables_words[language];
    const values: Values = Object.fromEntries(change.keys.flatMap((one) => (one.before === null ? [] : [[one.name, one.before]])));
    const counts = Object.fromEntries(change.keys.flatMap((one) => (one.before_count === undefined ? [] : [[one.name, one.before_count]])));
    return (
        <tr class="removed" data-state="removed">
            {in_order && <td data-label={words.order} />}
            <RowCells facts={facts} columns={columns} keys={keys} values={values} counts={counts} />
            <td data-label={policy.state}><span><span class="badge bad">{words.removed}</span></span></td>
            <td class="whole" />
        </tr>
    );
}

// A mail flow policy, or the defaults of a listener, as a form: sections of parameters, each inherited (greyed)
// or set here.

import { useEffect, useRef, useState } from 'preact/hooks';
import { Heading, Notice } from '../../shared/parts';
import { useUnsaved } from '../../shared/unsaved';
import { waiting } from '../../shared/use-call';
import { useRoute } from '../route';
import type { InheritedParameter, Key, Row, Section } from './api';
import { EditNotices, readProblems, useEdit, usePolicyWords } from './context';
import { describeFault, field_words } from './field-words';
import { findFaults, makeDraft, makeValues, placeProblems, type Draft, type Values } from './fields';
import { sayProblem } from './finding-words';
import { flow_words } from './flow-words';
import { groupKeys, type FlowSection } from './flow-sections';
import { focusFirstFault, KeyField } from './key-field';
import { labelOf } from './key-words';
import { mergeDraft } from './merge';

interface Props {
    section: 'mail_flow_policy' | 'listener_defaults';
    title: string;
    loaded: Section;
    /** Null for a new one. */
    row: Row | null;
    /** Others deleted the row; a submit makes it anew. */
    is_gone?: boolean;
    /** Values that a new row begins with, and that are not asked. */
    fixed?: Values;
    /** What counts where the form says nothing; null where nothing is built in. */
    inherited: readonly InheritedParameter[] | null;
    options?: Readonly<Record<string, readonly string[]>>;
    back: string;
}

/** The draft of a form over the life of its row: it follows what others did, except where something was typed. */
export function useDraft(keys: readonly Key[], row: Values, follows: boolean) {
    const [draft, write] = useState<Draft>(() => makeDraft(keys, row));
    const [base, setBase] = useState<Values>(row);
    const [clash, setClash] = useState<string[]>([]);
    const [is_touched, touch] = useState(false);
    useUnsaved(is_touched);
    useEffect(() => {
        if (!follows || JSON.stringify(base) === JSON.stringify(row)) return;
        const merged = mergeDraft(keys, base, draft, row);
        write(merged.draft);
        setClash(merged.clash);
        setBase(row);
    }, [follows, row]);
    function change(name: string, text: string | undefined) {
        touch(true);
        write((known) => without(known, name, text));
    }
    return { draft, base, clash, change };
}

function without(draft: Draft, name: string, text: string | undefined): Draft {
    const { [name]: _, ...rest } = draft;
    return text === undefined ? rest : { ...rest, [name]: text };
}

export function FlowForm(props: Props) {
    const { words, language } = usePolicyWords();
    const own = flow_words[language];
    const { go } = useRoute();
    const form = useRef<HTMLFormElement>(null);
    const [began] = useState(props.loaded.edition);
    const editor = useEdit(began, props.loaded.edition);
    const { keys } = props.loaded;
    const values = props.row?.values ?? props.fixed ?? {};
    const { draft, base, clash, change } = useDraft(keys, values, editor.follows);
    const [is_tried, mark] = useState(false);
    // Whose defaults they are stands in the address.
    const asked = keys.filter((key) => props.section !== 'listener_defaults' || key.name !== 'listener');
    const own_faults = findFaults(asked, draft);
    const told = placeProblems(readProblems(editor.problem), props.section, asked).fields;

    async function submit(event: Event) {
        event.preventDefault();
        mark(true);
        if (own_faults.size > 0) return requestAnimationFrame(() => focusFirstFault(form.current));
        const written = { ...makeValues(keys, draft, base), ...props.fixed } as Section['rows'][number]['values'];
        const row = props.row && !props.row.predefined && !props.is_gone ? { row: props.row.id } : {};
        const answer = await editor.submit([{ do: 'put', section: props.section, ...row, values: written }]);
        if (answer) go(props.back);
        else requestAnimationFrame(() => focusFirstFault(form.current));
    }

    const faultsOf = (key: Key) => {
        const mine = is_tried ? own_faults.get(key.name) : undefined;
        const theirs = told.get(key.name)?.map((one) => sayProblem(one, language)) ?? [];
        return mine ? [describeFault(mine, key.type, field_words[language])] : theirs;
    };
    return (
        <form class="policy-form" ref={form} onSubmit={submit} noValidate data-part="flow-form">
            <Heading focus>{props.title}</Heading>
            {props.row?.predefined && <Notice kind="info"><p>{own.predefined_note}</p></Notice>}
            {groupKeys(asked).map(({ section, keys: some }) => (
                <FormSection key={section} section={section} count={some.filter((key) => key.inherits && draft[key.name] !== undefined).length} has_fault={some.some((key) => faultsOf(key).length > 0)}>
                    {some.map((key) => (
                        <KeyField key={key.name} section={props.section} fact={key} prefix="flow" text={draft[key.name]} faults={faultsOf(key)} change={(text) => change(key.name, text)}
                            inherited={inheritedOf(key, props.inherited)} options={props.options?.[key.name]} none={props.options?.[key.name] ? own.none : undefined} disabled={editor.busy} />
                    ))}
                </FormSection>
            ))}
            <EditNotices editor={editor} clash={clash.map((name) => labelOf(props.section, name, language))} />
            <div class="row form-end">
                <button type="submit" {...waiting(editor.busy)} data-action="submit">{editor.busy ? words.submitting : words.submit}</button>
                <button type="button" class="outline secondary" onClick={() => go(props.back)}>{words.cancel}</button>
            </div>
        </form>
    );
}

function inheritedOf(key: Key, list: readonly InheritedParameter[] | null) {
    const found = key.inherits ? list?.find((one) => one.name === key.name) : undefined;
    return found ? { value: found.inherited, from: found.inherited_from } : null;
}

const open_at_first: readonly FlowSection[] = ['behavior', 'security'];

function FormSection(props: { section: FlowSection; count: number; has_fault: boolean; children: preact.ComponentChildren }) {
    const { language } = usePolicyWords();
    const words = flow_words[language];
    const [is_open, open] = useState(open_at_first.includes(props.section) || props.count > 0);
    useEffect(() => {
        if (props.has_fault) open(true);
    }, [props.has_fault]);
    return (
        <details class="form-section" open={is_open} onToggle={(event) => open(event.currentTarget.open)} data-section={props.section}>
            <summary>
                <span>{words.sections[props.section]}</span>
                {props.count > 0 && <span class="badge">{words.custom_count(props.count)}</span>}
            </summary>
            <div class="key-fields inheriting">{props.children}</div>
        </details>
    );
}

// The form of one row: a field for each key of its section, what it would look like in the document, and submit.
// What somebody typed stays, whatever others do meanwhile.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Heading, Notice, Waiting } from '../../../shared/parts';
import { describeProblem } from '../../../shared/tongue';
import { useUnsaved } from '../../../shared/unsaved';
import { waiting } from '../../../shared/use-call';
import { Link, useRoute } from '../../route';
import type { Edited, Key, Row, Section, SectionName, Values } from '../api';
import { EditNotices, policy, readProblems, useEdit, useLoaded, usePolicy, usePolicyWords, useSection } from '../context';
import { describeFault, field_words } from '../field-words';
import { findFaults, makeDraft, makeValues, placeProblems, type Draft } from '../fields';
import { sayProblem } from '../finding-words';
import { fieldId, focusFirstFault, KeyField } from '../key-field';
import { labelOf } from '../key-words';
import { mergeDraft } from '../merge';
import { findHostFault } from './hosts';
import { HostsEditor } from './hosts-editor';
import { findNow, formatRow, makeEdits, mergeValues, type Origin } from './rows';
import type { TableFacts } from './table-facts';
import { tables_words } from './table-words';

interface FormPageProps {
    facts: TableFacts;
    /** Null for a new row. */
    id: string | null;
    back: string;
    back_name: string;
    done(edited: Edited): void;
}

export function RowFormPage(props: FormPageProps) {
    const { words: policy_words, shared, language } = usePolicyWords();
    const words = tables_words[language];
    const own = words.tables[props.facts.section];
    const { data, problem } = useSection(props.facts.section);
    return (
        <>
            <p class="small"><Link to={props.back}>{policy_words.back_to(props.back_name)}</Link></p>
            <Heading focus>{props.id === null ? own.adding : own.editing}</Heading>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!data && !problem && <Waiting text={shared.loading} />}
            {data && <RowForm {...props} section={data} />}
        </>
    );
}

interface Begun {
    edition: string;
    /** Null for a new row. */
    origin: Origin | null;
    draft: Draft;
    place: number;
}

/** What the form began with: it stays, while the rows behind it may change. */
function begin({ id, section }: FormPageProps & { section: Section }, query: URLSearchParams): Begun {
    const written = section.rows.filter((row) => !row.predefined);
    const at = written.findIndex((row) => row.id === id);
    const row = id === null ? undefined : written[at];
    const given = Object.fromEntries([...query].filter(([name]) => section.keys.some((key) => key.name === name)));
    return { edition: section.edition, origin: row ? { row, rows: written } : null, draft: row ? makeDraft(section.keys, row.values) : given, place: at < 0 ? written.length + 1 : at + 1 };
}

/** The draft over the life of its row: once what others did is taken over it follows them, except where something was typed. */
function useRowDraft(begun: Begun, section: Section, written: readonly Row[], reloaded: boolean) {
    const [origin, setOrigin] = useState(begun.origin);
    const [draft, write] = useState(begun.draft);
    const [clash, tell] = useState<readonly string[]>([]);
    const [is_touched, touch] = useState(false);
    useUnsaved(is_touched);
    const now = origin && findNow(written, origin);
    useEffect(() => {
        if (!reloaded || !origin || !now) return;
        const merged = mergeDraft(section.keys, origin.row.values, draft, now.values);
        write(merged.draft);
        if (JSON.stringify(now.values) !== JSON.stringify(origin.row.values)) tell(merged.clash);
        setOrigin({ row: now, rows: written });
    }, [reloaded, section]);
    function change(name: string, text: string | undefined) {
        touch(true);
        write(({ [name]: _, ...others }) => (text === undefined ? others : { ...others, [name]: text }));
    }
    return { origin, draft, clash, change, is_gone: origin !== null && !now };
}

function RowForm(props: FormPageProps & { section: Section }) {
    const { words: policy_words, language } = usePolicyWords();
    const words = tables_words[language];
    const { go, query } = useRoute();
    const { facts, section } = props;
    const [begun] = useState(() => begin(props, query));
    const [place, setPlace] = useState(String(begun.place));
    const [tried, attempt] = useState(0);
    const [mended, mend] = useState<ReadonlySet<string>>(new Set());
    const editor = useEdit(begun.edition);
    const form = useRef<HTMLFormElement>(null);
    const written = section.rows.filter((row) => !row.predefined);
    const { origin, draft, clash, change, is_gone } = useRowDraft(begun, section, written, editor.reloaded);
    const is_placed = facts.order === 'first_match';
    const most = origin && !is_gone ? written.length : written.length + 1;
    const faults = useFaults(facts, section.keys, draft, editor.problem ? placeProblems(readProblems(editor.problem), facts.section, section.keys).fields : null, tried > 0, mended);
    const place_fault = is_placed && tried > 0 && !isPlace(place, most) ? words.place_fault(most) : null;

    // At once, not after the next frame: by then the person may be typing elsewhere.
    useLayoutEffect(() => {
        if (tried > 0) focusFirstFault(form.current);
    }, [tried, editor.problem]);

    // Who went to another page meanwhile is not fetched back from there.
    const is_here = useRef(true);
    useLayoutEffect(() => () => { is_here.current = false; }, []);

    const makeOwn = () => makeValues(section.keys, draft, origin?.row.values ?? {}) as Values;

    function type(name: string, text: string | undefined) {
        change(name, text);
        mend(new Set([...mended, name]));
    }

    /** Looks once more: since the form was drawn, others may have moved or changed the row. */
    async function makeChanges() {
        const now = (await policy.section(facts.section)).rows.filter((row) => !row.predefined);
        const row = origin && findNow(now, origin);
        const values = origin && row ? mergeValues(section.keys, origin.row, draft, row) : makeOwn();
        // A place that nobody chose is wherever the row is by now.
        const is_replaced = is_placed && Number(place) !== begun.place;
        return makeEdits(facts.section, row?.id ?? null, values, is_replaced ? Number(place) : null, row ? now.indexOf(row) + 1 : null, now.map((one) => one.id));
    }

    async function submit(event: Event) {
        event.preventDefault();
        attempt(tried + 1);
        mend(new Set());
        if (findOwnFaults(facts, section.keys, draft).size > 0 || (is_placed && !isPlace(place, most))) return;
        const edited = await editor.submit(makeChanges);
        if (edited && is_here.current) props.done(edited);
    }

    if (props.id !== null && !origin) return <Notice kind="bad"><p>{words.unknown_row}</p></Notice>;
    return (
        <article>
            <form ref={form} onSubmit={submit} noValidate data-part="row-form">
                <div class="key-fields">
                    {is_placed && <PlaceField prefix="row" place={place} most={most} fault={place_fault} change={setPlace} />}
                    <Fields facts={facts} keys={section.keys} draft={draft} faults={faults} change={type} />
                </div>
                <Written facts={facts} values={makeOwn()} />
                <EditNotices editor={editor} clash={clash.map((name) => labelOf(facts.section, name, language))} />
                {is_gone && <Notice kind="warn"><p>{words.row_gone}</p></Notice>}
                <div class="row">
                    <button type="submit" {...waiting(editor.busy)} data-action="submit">{editor.busy ? policy_words.submitting : policy_words.submit}</button>
                    <button type="button" class="outline secondary" onClick={() => go(props.back)}>{policy_words.cancel}</button>
                </div>
            </form>
        </article>
    );
}

function isPlace(text: string, most: number): boolean {
    return /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most;
}

type Sentences = ReadonlyMap<string, readonly string[]>;

/** Our own checks, in the language-free form of fields.ts; those of hosts are named by their word. */
function findOwnFaults(facts: TableFacts, keys: readonly Key[], draft: Draft) {
    const faults = findFaults(keys.filter((key) => facts.is_shown(key.name, draft)), draft);
    const host = facts.section === 'route' && !faults.has('hosts') ? findHostFault(draft['hosts'] ?? '') : null;
    return new Map<string, ReturnType<typeof faults.get> | 'host' | 'priority' | 'port'>([...faults, ...(host ? [['hosts', host] as const] : [])]);
}

function useFaults(facts: TableFacts, keys: readonly Key[], draft: Draft, told: ReturnType<typeof placeProblems>['fields'] | null, is_tried: boolean, mended: ReadonlySet<string>): Sentences {
    const { language } = usePolicyWords();
    const sentences = new Map<string, readonly string[]>();
    for (const [name, problems] of told ?? []) {
        if (!mended.has(name)) sentences.set(name, problems.map((one) => sayProblem(one, language)));
    }
    if (!is_tried) return sentences;
    for (const [name, fault] of findOwnFaults(facts, keys, draft)) {
        const type = keys.find((key) => key.name === name)?.type ?? 'text';
        if (fault) sentences.set(name, [typeof fault === 'string' ? tables_words[language].host_faults[fault] : describeFault(fault, type, field_words[language])]);
    }
    return sentences;
}

function PlaceField(props: { prefix: string; place: string; most: number; fault: string | null; change(place: string): void }) {
    const { language } = usePolicyWords();
    const words = tables_words[language];
    const id = fieldId(props.prefix, 'place');
    return (
        <div class="key-field" data-field="place">
            <label for={id}>{words.place}</label>
            <input id={id} value={props.place} inputMode="numeric" autocomplete="off" aria-invalid={props.fault ? 'true' : undefined} aria-describedby={`${props.fault ? `${id}-bad ` : ''}${id}-hint`}
                onInput={(event) => props.change(event.currentTarget.value)} />
            {props.fault && <p id={`${id}-bad`} class="small fault" role="alert">{props.fault}</p>}
            <p id={`${id}-hint`} class="small quiet hint">{words.place_hint(props.most)}</p>
        </div>
    );
}

interface FieldsProps {
    facts: TableFacts;
    keys: readonly Key[];
    draft: Draft;
    faults: Sentences;
    change(name: string, text: string | undefined): void;
}

function Fields(props: FieldsProps) {
    const { language } = usePolicyWords();
    const words = tables_words[language];
    const { facts, draft, faults } = props;
    const options = useOptions(facts);
    const shown = props.keys.filter((key) => facts.is_shown(key.name, draft) || faults.has(key.name));
    return (
        <>
            {shown.map((key) => (facts.section === 'route' && key.name === 'hosts'
                ? <HostsEditor key={key.name} prefix="row" text={draft['hosts'] ?? ''} faults={faults.get('hosts') ?? []} change={(text) => props.change('hosts', text)} />
                : <KeyField key={key.name} section={facts.section} fact={key} prefix="row" text={draft[key.name]} faults={faults.get(key.name) ?? []}
                    options={options[key.name]} none={key.name === 'bounce_profile' ? words.policy_profile : undefined} change={(text) => props.change(key.name, text)} />))}
        </>
    );
}

/** Names that fields offer: listeners of this node, and rows of other sections. */
function useOptions(facts: TableFacts): Record<string, readonly string[]> {
    const { state } = usePolicy();
    const [key, section] = Object.entries(facts.offers)[0] ?? [];
    const { data } = useLoaded<Section | null>(() => (section ? policy.section(section as SectionName) : Promise.resolve(null)), [section]);
    const listeners = (state?.listeners ?? []).filter((one) => facts.section !== 'recipient' || one.kind === 'public').map((one) => one.name);
    const options: Record<string, readonly string[]> = listeners.length > 0 ? { listener: listeners } : {};
    // A choice from the first drawing on: a field must not turn into another one under somebody's hands.
    if (key) options[key] = [...new Set(['default', ...(data?.rows ?? []).map((row) => row.id)])];
    return options;
}

/** The row as text, and the commands that put it into the document. */
function Written(props: { facts: TableFacts; values: Values }) {
    const { language } = usePolicyWords();
    const words = tables_words[language];
    return (
        <details class="written">
            <summary>{words.as_text}</summary>
            <pre class="wrap"><code>{formatRow(props.facts.section, props.values)}</code></pre>
            <p class="small command"><span class="quiet">{words.command}</span> <code>sealpost policy export --pending &gt; policy.toml</code> <code>sealpost policy submit policy.toml</code></p>
        </details>
    );
}

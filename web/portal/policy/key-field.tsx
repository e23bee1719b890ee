// One key of the policy document as a form field, drawn from its description: the label and hint of
// key-words.ts, a control for its type, the value that counts when nothing is written (greyed), and what is
// wrong with the entry, by our own check or by the gateway's.
//
//   <KeyField section="route" fact={key} prefix="row" text={draft[key.name]} faults={['…']}
//       change={(text) => …} />
//
// `text` is the entry of a Draft (fields.ts): undefined leaves the key out, so that it inherits. `inherited`
// says what then counts; without it the key's built-in default does. `options` offers names: a list becomes
// check boxes, a single text a select with `none` for the empty choice.

import type { ComponentChildren } from 'preact';
import { useTongue } from '../../shared/tongue';
import { field_words } from './field-words';
import { linesOf, type KeyFacts } from './fields';
import { choiceOf, hintOf, labelOf } from './key-words';
import { showValue } from './show-value';
import './fields.css';

export interface Inherited {
    value: unknown;
    from: string;
}

export interface KeyFieldProps {
    section: string;
    fact: KeyFacts;
    prefix: string;
    text: string | undefined;
    faults: readonly string[];
    change(text: string | undefined): void;
    inherited?: Inherited | null | undefined;
    options?: readonly string[] | undefined;
    none?: string | undefined;
    disabled?: boolean | undefined;
}

export function fieldId(prefix: string, key: string): string {
    return `${prefix}-${key}`;
}

/** Puts the focus on the first field of `form` that has a fault; call it after the faults are drawn. */
export function focusFirstFault(form: HTMLElement | null): void {
    form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}

export function KeyField(props: KeyFieldProps) {
    const { language } = useTongue();
    const words = field_words[language];
    const { section, fact, text } = props;
    const label = labelOf(section, fact.name, language);
    const is_custom = text !== undefined && (text !== '' || fact.inherits);
    const counts = props.inherited ? props.inherited.value : fact.fallback;
    const fallback = counts === null || counts === undefined ? '' : showValue(section, fact, counts, language);
    const parts: FieldParts = { ...props, label, fallback, described: describedBy(props, language) };
    const is_set = isSet(props);
    return (
        <div class={`key-field type-${fact.type} ${is_custom ? 'custom' : ''}`} data-field={fact.name}>
            {is_set
                ? <fieldset aria-describedby={parts.described}><legend>{label}<Needed fact={fact} /></legend><SetControl {...parts} /></fieldset>
                : isSwitch(props) ? <SwitchControl {...parts} />
                : <><label for={fieldId(props.prefix, fact.name)}>{label}<Needed fact={fact} /></label><Control {...parts} /></>}
            <Notes {...parts} />
            {fact.inherits && is_custom && (
                <p class="small from-default">
                    <span class="quiet">{words.default_is(fallback || words.nothing)}</span>{' '}
                    <button type="button" class="plain small" aria-label={`${words.use_default}: ${label}`} disabled={props.disabled} onClick={() => props.change(undefined)}>{words.use_default}</button>
                </p>
            )}
        </div>
    );
}

interface FieldParts extends KeyFieldProps {
    label: string;
    fallback: string;
    described: string | undefined;
}

const isSwitch = ({ fact }: KeyFieldProps) => fact.type === 'flag' && !fact.inherits;
const isSet = ({ fact, options }: KeyFieldProps) => fact.type === 'choices' || (fact.type === 'texts' && options !== undefined);

function describedBy({ prefix, section, fact, faults }: KeyFieldProps, language: 'en' | 'fr'): string | undefined {
    const ids = [];
    if (faults.length > 0) ids.push(`${fieldId(prefix, fact.name)}-bad`);
    if (hintOf(section, fact.name, language, fact.doc)) ids.push(`${fieldId(prefix, fact.name)}-hint`);
    return ids.join(' ') || undefined;
}

function Needed(props: { fact: KeyFacts }) {
    const { language } = useTongue();
    return props.fact.required ? <span class="quiet small"> ({field_words[language].required})</span> : null;
}

function Notes({ prefix, section, fact, faults }: FieldParts) {
    const { language } = useTongue();
    const id = fieldId(prefix, fact.name);
    const hint = hintOf(section, fact.name, language, fact.doc);
    return (
        <>
            {faults.length > 0 && <p id={`${id}-bad`} class="small fault" role="alert">{faults.join(' ')}</p>}
            {hint && <p id={`${id}-hint`} class="small quiet hint">{hint}</p>}
        </>
    );
}

function Control(props: FieldParts) {
    const { fact, text, change, fallback, options } = props;
    const common = {
        id: fieldId(props.prefix, fact.name), 'aria-describedby': props.described,
        'aria-invalid': props.faults.length > 0 ? ('true' as const) : undefined, 'aria-required': fact.required ? ('true' as const) : undefined,
    };
    if (fact.type === 'choice' || fact.type === 'flag' || (options && fact.type === 'text')) return <Choice common={common} parts={props} />;
    const typed = (value: string) => change(value === '' && fact.type !== 'text' && fact.type !== 'texts' ? undefined : value);
    if (fact.type === 'texts') {
        const lines = text === undefined ? 0 : text.split('\n').length;
        return <textarea {...common} readOnly={props.disabled} class="lines" rows={Math.min(10, Math.max(2, lines + 1))} value={text ?? ''} placeholder={fallback} spellcheck={false} autocomplete="off"
            onInput={(event) => typed(event.currentTarget.value)} />;
    }
    return <input {...common} readOnly={props.disabled} value={text ?? ''} placeholder={fallback} spellcheck={fact.type === 'text'} autocomplete="off" inputMode={fact.type === 'number' ? 'numeric' : undefined}
        onInput={(event) => typed(event.currentTarget.value)} />;
}

function Choice(props: { common: object; parts: FieldParts }) {
    const { language } = useTongue();
    const words = field_words[language];
    const { section, fact, text, change, fallback, options, none } = props.parts;
    const offered = fact.type === 'flag' ? ['true', 'false'] : (options ?? fact.words ?? []);
    const all = text && !offered.includes(text) ? [...offered, text] : offered;
    const show = (word: string) => (fact.type === 'flag' || !options ? showValue(section, fact, word, language) : word);
    const empty = none ?? (fallback ? words.default_is(fallback) : '');
    return (
        <select {...props.common} disabled={props.parts.disabled} value={text ?? ''} onChange={(event) => change(event.currentTarget.value || undefined)}>
            {(empty || !text) && <option value="">{empty}</option>}
            {all.map((word) => <option key={word} value={word}>{show(word)}</option>)}
        </select>
    );
}

function SwitchControl(props: FieldParts) {
    const { fact, text, change } = props;
    const by_default = fact.fallback === true;
    const is_on = text === undefined || text === '' ? by_default : text === 'true';
    return (
        <label for={fieldId(props.prefix, fact.name)}>
            <input id={fieldId(props.prefix, fact.name)} type="checkbox" role="switch" checked={is_on} disabled={props.disabled} aria-describedby={props.described}
                aria-invalid={props.faults.length > 0 ? 'true' : undefined} onChange={(event) => change(String(event.currentTarget.checked))} />
            {props.label}
        </label>
    );
}

function SetControl(props: FieldParts): ComponentChildren {
    const { language } = useTongue();
    const { section, fact, text, change, options } = props;
    const chosen = new Set(text === undefined ? (fact.type === 'choices' ? linesOf(asLines(fact.fallback)) : []) : linesOf(text));
    const offered = options ?? fact.words ?? [];
    const all = [...offered, ...[...chosen].filter((word) => !offered.includes(word))];
    function toggle(word: string, is_on: boolean) {
        const next = all.filter((one) => (one === word ? is_on : chosen.has(one)));
        change(next.length > 0 || !hasDefault(fact) ? next.join('\n') || undefined : '');
    }
    return all.map((word, index) => (
        <label key={word}>
            <input id={index === 0 ? fieldId(props.prefix, fact.name) : undefined} type="checkbox" checked={chosen.has(word)} disabled={props.disabled} value={word}
                aria-invalid={props.faults.length > 0 && index === 0 ? 'true' : undefined} onChange={(event) => toggle(word, event.currentTarget.checked)} />
            {options ? word : choiceOf(section, fact.name, word, language)}
        </label>
    ));
}

/** Then nothing chosen is not the same as nothing written. */
const hasDefault = (fact: KeyFacts) => Array.isArray(fact.fallback) && fact.fallback.length > 0;
const asLines = (value: unknown) => (Array.isArray(value) ? value.join('\n') : '');

// The form of Trace: the host that connects, the envelope, the message.

import type { ComponentChildren } from 'preact';
import { usePolicy, usePolicyWords } from '../context';
import type { HostState } from '../api';
import type { TraceField, TraceForm } from './trace';
import { trace_words, type TraceWords } from './trace-words';

interface Props {
    form: TraceForm;
    faults: readonly TraceField[];
    /** These fields, whatever has become of the others meanwhile. */
    change(facts: Partial<TraceForm>): void;
}

type TextField = { [K in TraceField]: TraceForm[K] extends string ? K : never }[TraceField];

const states: readonly HostState[] = ['verified', 'none', 'mismatch', 'temporary'];

export function TraceFields(props: Props) {
    const { words: policy_words, language } = usePolicyWords();
    const words = trace_words[language];
    const { state } = usePolicy();
    const { form, change } = props;
    const listeners = state?.listeners ?? [];
    return (
        <>
            <h2>{words.host_part}</h2>
            <div class="key-fields">
                <Field {...props} name="listener" label={words.listener}>
                    {(common) => (
                        <select {...common} value={form.listener} onChange={(event) => change({ listener: event.currentTarget.value })}>
                            {form.listener === '' && <option value="">{words.choose}</option>}
                            {listeners.map((one) => <option key={one.name} value={one.name}>{one.name} ({policy_words.listener_kinds[one.kind]})</option>)}
                        </select>
                    )}
                </Field>
                <Line {...props} name="ip" label={words.ip} example="192.0.2.7" />
                <Line {...props} name="host" label={words.host} hint={words.host_hint} example="mx1.partner.test" />
                <Field {...props} name="host_state" label={words.host_state}>
                    {(common) => (
                        <select {...common} value={form.host_state} onChange={(event) => change({ host_state: event.currentTarget.value as HostState })}>
                            {states.map((one) => <option key={one} value={one}>{words.host_states[one]}</option>)}
                        </select>
                    )}
                </Field>
            </div>
            <details class="written" open={props.faults.some((field) => field === 'country' || field === 'reputation' || field === 'not_listed') || undefined}>
                <summary>{words.more_part}</summary>
                <div class="key-fields">
                    <Line {...props} name="country" label={words.country} hint={words.country_hint} example="FR" />
                    <Line {...props} name="reputation" label={words.reputation} hint={words.reputation_hint} example="-3.5" />
                    <Lines {...props} name="listed" label={words.listed} hint={words.listed_hint} rows={2} />
                    <Lines {...props} name="not_listed" label={words.not_listed} hint={words.not_listed_hint} rows={2} />
                </div>
            </details>
            <h2>{words.message_part}</h2>
            <div class="key-fields">
                <Line {...props} name="helo" label={words.helo} example="mx1.partner.test" />
                <Line {...props} name="mail_from" label={words.mail_from} hint={words.mail_from_hint} example="anna@partner.test" />
                <Lines {...props} name="rcpt_to" label={words.rcpt_to} hint={words.rcpt_to_hint} rows={3} />
                <div>
                    <Switch {...props} name="tls" label={words.tls} />
                    <Line {...props} name="user" label={words.user} hint={words.user_hint} example="" />
                </div>
                <MessageField {...props} />
            </div>
            <div class="key-fields">
                <fieldset class="choice">
                    <legend>{words.which}</legend>
                    <label><input type="radio" name="trace-staged" value="staged" checked={form.staged} onChange={() => change({ staged: true })} />{words.staged}</label>
                    <label><input type="radio" name="trace-staged" value="live" checked={!form.staged} onChange={() => change({ staged: false })} />{words.live}</label>
                </fieldset>
                <Switch {...props} name="ask_dns" label={words.ask_dns} />
            </div>
        </>
    );
}

interface Common {
    id: string;
    'aria-invalid': 'true' | undefined;
    'aria-describedby': string | undefined;
}

interface FieldProps extends Props {
    name: TraceField;
    label: string;
    hint?: string;
}

function Field(props: FieldProps & { children(common: Common): ComponentChildren }) {
    const { language } = usePolicyWords();
    const { name, label, hint, faults } = props;
    const id = `trace-${name}`;
    const fault = faults.includes(name) ? (trace_words[language] as TraceWords).faults[name] : undefined;
    const described = [fault && `${id}-bad`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
    return (
        <div class="key-field" data-field={name}>
            <label for={id}>{label}</label>
            {props.children({ id, 'aria-invalid': fault ? 'true' : undefined, 'aria-describedby': described })}
            {fault && <p id={`${id}-bad`} class="small fault" role="alert">{fault}</p>}
            {hint && <p id={`${id}-hint`} class="small quiet hint">{hint}</p>}
        </div>
    );
}

function Line(props: FieldProps & { name: TextField; example: string }) {
    return (
        <Field {...props}>
            {(common) => <input {...common} value={props.form[props.name]} placeholder={props.example} spellcheck={false} autocomplete="off"
                onInput={(event) => props.change({ [props.name]: event.currentTarget.value })} />}
        </Field>
    );
}

function Lines(props: FieldProps & { name: TextField; rows: number }) {
    return (
        <Field {...props}>
            {(common) => <textarea {...common} class="lines" rows={props.rows} value={props.form[props.name]} spellcheck={false}
                onInput={(event) => props.change({ [props.name]: event.currentTarget.value })} />}
        </Field>
    );
}

function Switch(props: Props & { name: 'tls' | 'ask_dns'; label: string }) {
    const id = `trace-${props.name}`;
    return (
        <label for={id}>
            <input id={id} type="checkbox" role="switch" checked={props.form[props.name]} onChange={(event) => props.change({ [props.name]: event.currentTarget.checked })} />
            {props.label}
        </label>
    );
}

function MessageField(props: Props) {
    const { language } = usePolicyWords();
    const words = trace_words[language];
    async function read(event: { currentTarget: HTMLInputElement }) {
        const file = event.currentTarget.files?.[0];
        if (file) props.change({ message: await file.text() });
    }
    return (
        <div class="whole-row">
            <Lines {...props} name="message" label={words.message} hint={words.message_hint} rows={6} />
            <label class="file-door" for="trace-file">{words.file}</label>
            <input id="trace-file" type="file" accept=".eml,message/rfc822,text/plain" onChange={read} />
        </div>
    );
}

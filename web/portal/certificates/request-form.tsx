// The form for a new key and a request that an authority signs.

import { useState } from 'preact/hooks';
import { Heading, Notice } from '../../shared/parts';
import { useCall, waiting } from '../../shared/use-call';
import { useUnsaved } from '../../shared/unsaved';
import { Link } from '../route';
import type { Entry, KeyType, Subject } from './api';
import { certificates, describeRefusal, useCertificateWords } from './context';
import { isHostName, readNames } from './material';

const key_types: readonly KeyType[] = ['ecdsa', 'rsa'];

export function RequestForm(props: { entry: Entry; path: string; done(entry: Entry): void }) {
    const { words, shared } = useCertificateWords();
    const { entry } = props;
    const { busy, problem, call } = useCall();
    const [start] = useState(() => (entry.request?.names ?? entry.names).join('\n'));
    const [names, setNames] = useState(start);
    const [subject, setSubject] = useState<Partial<Subject>>({});
    const [key_type, setKeyType] = useState<KeyType>('ecdsa');
    const [fault, blame] = useState<'names' | 'country' | null>(null);
    useUnsaved(names !== start || Object.values(subject).some(Boolean));

    function submit(event: Event) {
        event.preventDefault();
        const wanted = readNames(names);
        const country = subject.country?.trim() ?? '';
        const found = wanted.length === 0 || !wanted.every(isHostName) ? 'names' : country && !/^[a-z]{2}$/i.test(country) ? 'country' : null;
        blame(found);
        if (found) return document.getElementById(`request-${found}`)?.focus();
        const given = Object.fromEntries(Object.entries(subject).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
        void call(async () => props.done(await certificates.request(entry.name, { subject: given, names: wanted, key_type })));
    }

    return (
        <form class="policy-form" onSubmit={submit} noValidate data-part="request-form">
            <Heading focus>{words.request_form}</Heading>
            <p>{words.request_form_lead}</p>
            {entry.request && <Notice kind="warn"><p>{words.request_replaces}</p></Notice>}
            <article>
                <label for="request-names">{words.request_host_names}</label>
                <textarea id="request-names" class="lines" rows={3} value={names} spellcheck={false} aria-invalid={fault === 'names' ? 'true' : undefined}
                    aria-describedby={fault === 'names' ? 'request-names-bad' : 'request-names-hint'} onInput={(event) => { setNames(event.currentTarget.value); blame(null); }} />
                {fault === 'names' ? <small id="request-names-bad" role="alert">{words.request_names_fault}</small> : <small id="request-names-hint">{words.request_host_names_hint}</small>}
                <fieldset class="ways">
                    <legend>{words.key_type}</legend>
                    {key_types.map((type) => (
                        <label key={type} class={key_type === type ? 'chosen' : ''}>
                            <input type="radio" name="key-type" value={type} checked={key_type === type} onChange={() => setKeyType(type)} />
                            <span>{words.key_types[type]}<small>{words.key_type_hints[type]}</small></span>
                        </label>
                    ))}
                </fieldset>
                <details class="subject" open={fault === 'country' || undefined}>
                    <summary>{words.request_optional}</summary>
                    <SubjectFields subject={subject} change={(next) => { setSubject(next); blame(null); }} is_country_bad={fault === 'country'} />
                </details>
            </article>
            {problem && <Notice kind="bad"><p>{describeRefusal(problem, words, shared)}</p></Notice>}
            <div class="row form-end">
                <button type="submit" {...waiting(busy)} data-action="make-request">{busy ? words.request_making : words.request_make}</button>
                <Link to={props.path} class="button outline">{shared.cancel}</Link>
            </div>
        </form>
    );
}

function SubjectFields(props: { subject: Partial<Subject>; change(subject: Partial<Subject>): void; is_country_bad: boolean }) {
    const { words } = useCertificateWords();
    const fields = [['organization', words.organization], ['unit', words.unit], ['city', words.city], ['state', words.province], ['country', words.country]] as const;
    return (
        <div class="subject-fields">
            {fields.map(([name, label]) => {
                const is_bad = name === 'country' && props.is_country_bad;
                return (
                    <div key={name}>
                        <label for={`request-${name}`}>{label}</label>
                        <input id={`request-${name}`} value={props.subject[name] ?? ''} maxLength={name === 'country' ? 2 : 64} autocomplete="off" aria-invalid={is_bad ? 'true' : undefined}
                            aria-describedby={is_bad ? 'request-country-bad' : undefined} onInput={(event) => props.change({ ...props.subject, [name]: event.currentTarget.value })} />
                        {is_bad && <small id="request-country-bad" role="alert">{words.country_fault}</small>}
                    </div>
                );
            })}
        </div>
    );
}

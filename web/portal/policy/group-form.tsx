// Add Sender Group, and the settings of one that is there.

import { useRef, useState } from 'preact/hooks';
import { Heading } from '../../shared/parts';
import { waiting } from '../../shared/use-call';
import { joinPath, Link, useRoute } from '../route';
import { Command } from '../spf-advice-part';
import type { Key, Row, Section, Values } from './api';
import { EditNotices, readProblems, useEdit, usePolicyWords, useSection } from './context';
import { describeFault, field_words } from './field-words';
import { findFaults, makeValues, placeProblems } from './fields';
import { sayProblem } from './finding-words';
import { useDraft } from './flow-form';
import { groupPath, hat_root, usePolicyNames } from './hat-parts';
import { hat_words } from './hat-words';
import { focusFirstFault, KeyField } from './key-field';
import { labelOf } from './key-words';
import { GoneNotice, LoadNotices, useKept } from './parts';

const hidden: readonly string[] = ['listener', 'senders'];
const first: readonly string[] = ['name', 'order', 'comment', 'policy'];

export function AddGroup(props: { listener: string }) {
    const { words, language } = usePolicyWords();
    const own = hat_words[language];
    const { data, problem } = useSection('sender_group', props.listener);
    const names = usePolicyNames();
    const back = joinPath(hat_root, props.listener);
    return (
        <>
            <Link to={back}>{words.back_to(words.hat)}</Link>
            <LoadNotices data={data && names} problem={problem} />
            {data && names && <GroupForm title={own.add_title} listener={props.listener} loaded={data} row={null} policies={names} back={back} />}
            <Command text="sealpost policy submit policy.toml" />
        </>
    );
}

export function EditGroup(props: { listener: string; name: string }) {
    const { words, language } = usePolicyWords();
    const own = hat_words[language];
    const { data, problem } = useSection('sender_group', props.listener);
    const names = usePolicyNames();
    const { row, is_gone } = useKept(data?.rows.find((one) => one.id === `${props.listener}/${props.name}`) ?? null);
    const back = groupPath(props.listener, props.name);
    return (
        <>
            <Link to={back}>{words.back_to(props.name)}</Link>
            <LoadNotices data={data && names} problem={problem} />
            {data && names && !row && <p class="quiet">{words.gone}</p>}
            {is_gone && <GoneNotice next={own.gone_anew} />}
            {data && names && row && <GroupForm title={own.edit_title(props.name)} listener={props.listener} loaded={data} row={row} is_gone={is_gone} policies={names} back={back} />}
            <Command text="sealpost policy submit policy.toml" />
        </>
    );
}

interface FormProps {
    title: string;
    listener: string;
    loaded: Section;
    row: Row | null;
    /** Others deleted the row; a submit makes it anew. */
    is_gone?: boolean;
    policies: readonly string[];
    back: string;
}

function GroupForm(props: FormProps) {
    const { words, language } = usePolicyWords();
    const own = hat_words[language];
    const { go } = useRoute();
    const form = useRef<HTMLFormElement>(null);
    const [began] = useState(props.loaded.edition);
    const editor = useEdit(began, props.loaded.edition);
    const keys = props.loaded.keys.filter((key) => key.name !== 'senders');
    const asked = sortKeys(keys.filter((key) => !hidden.includes(key.name)));
    const { draft, base, clash, change } = useDraft(keys, props.row?.values ?? { listener: props.listener }, editor.follows);
    const [is_tried, mark] = useState(false);
    const own_faults = findFaults(asked, draft);
    const told = placeProblems(readProblems(editor.problem), 'sender_group', asked).fields;

    async function submit(and_add: boolean) {
        mark(true);
        if (own_faults.size > 0) return requestAnimationFrame(() => focusFirstFault(form.current));
        const values = makeValues(keys, draft, base) as Values;
        const answer = await editor.submit([{ do: 'put', section: 'sender_group', ...(props.row && !props.is_gone ? { row: props.row.id } : {}), values }]);
        if (!answer) return requestAnimationFrame(() => focusFirstFault(form.current));
        go(and_add || props.row ? groupPath(props.listener, String(values['name'])) + (and_add ? '?add' : '') : props.back);
    }

    const faultsOf = (key: Key) => {
        const mine = is_tried ? own_faults.get(key.name) : undefined;
        const theirs = told.get(key.name)?.map((one) => sayProblem(one, language)) ?? [];
        return mine ? [describeFault(mine, key.type, field_words[language])] : theirs;
    };
    return (
        <form class="policy-form" ref={form} noValidate data-part="group-form" onSubmit={(event) => { event.preventDefault(); void submit(false); }}>
            <Heading focus>{props.title}</Heading>
            <article>
                <h2>{own.settings}</h2>
                <div class="key-fields">
                    {asked.map((key) => (
                        <KeyField key={key.name} section="sender_group" fact={key} prefix="group" text={draft[key.name]} faults={faultsOf(key)} change={(text) => change(key.name, text)}
                            options={key.name === 'policy' ? props.policies : undefined} none={key.name === 'policy' ? own.no_policy : undefined} inherited={key.name === 'order' && props.row?.order ? { value: props.row.order, from: 'default' } : undefined} disabled={editor.busy} />
                    ))}
                </div>
                <p class="small quiet">{own.more_senders}</p>
            </article>
            <EditNotices editor={editor} clash={clash.map((name) => labelOf('sender_group', name, language))} />
            <div class="row form-end">
                <button type="submit" {...waiting(editor.busy)} data-action="submit">{editor.busy ? words.submitting : words.submit}</button>
                {!props.row && <button type="button" {...waiting(editor.busy)} data-action="submit-and-add" onClick={() => void submit(true)}>{own.submit_and_add}</button>}
                <button type="button" class="outline secondary" onClick={() => go(props.back)}>{words.cancel}</button>
            </div>
        </form>
    );
}

function sortKeys(keys: readonly Key[]): Key[] {
    const rank = (key: Key) => (first.includes(key.name) ? first.indexOf(key.name) : first.length);
    return [...keys].sort((one, other) => rank(one) - rank(other));
}

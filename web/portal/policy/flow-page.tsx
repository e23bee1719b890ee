// Mail flow policies: the list, one policy, and the default policy parameters of each listener.

import { useState } from 'preact/hooks';
import { Heading } from '../../shared/parts';
import { joinPath, Link } from '../route';
import { Command } from '../spf-advice-part';
import type { InheritedParameter, Key, Row, Section } from './api';
import { EditNotices, policy, useEdit, useLoaded, usePolicy, usePolicyWords, useSection } from './context';
import { FlowForm } from './flow-form';
import { flow_words } from './flow-words';
import { choiceOf, labelOf } from './key-words';
import { GoneNotice, ListenerChoice, LoadNotices, StateBadge, SureButton, useKept } from './parts';
import { showValue } from './show-value';

const root = '/portal/policies/mail-flow';

export function FlowPage(props: { parts: string[] }) {
    const [view, name] = props.parts;
    if (view === 'add') return <PolicyPart key="add" name={null} />;
    if (view === 'policies' && name) return <PolicyPart key={name} name={name} />;
    if (view === 'defaults' && name) return <DefaultsPart key={name} listener={name} />;
    return <FlowList />;
}

function FlowList() {
    const { words, language } = usePolicyWords();
    const own = flow_words[language];
    const { data, problem } = useSection('mail_flow_policy');
    const groups = useSection('sender_group').data;
    const editor = useEdit(data?.edition);
    const usersOf = (name: string) => groups?.rows.filter((row) => row.values['policy'] === name && !row.predefined) ?? [];
    return (
        <>
            <div class="spread">
                <Heading>{words.flow}</Heading>
                <Link to={`${root}/add`} class="button compact" action="add-policy">{own.add}</Link>
            </div>
            <p>{own.lead}</p>
            <EditNotices editor={editor} />
            <LoadNotices data={data} problem={problem} />
            {data && (
                <article>
                    <table class="cards plain-table">
                        <thead><tr><th scope="col">{own.name}</th><th scope="col">{own.behavior}</th><th scope="col">{own.differs}</th><th scope="col">{own.used_by}</th><th scope="col"><span class="hidden-label">{words.delete}</span></th></tr></thead>
                        <tbody>
                            {data.rows.map((row) => (
                                <tr key={row.id} data-row={row.id}>
                                    <td data-label={own.name}><span><Link to={joinPath(root, 'policies', row.id)}>{row.id}</Link> {row.predefined ? <span class="quiet small">{own.predefined}</span> : <StateBadge state={row.state} />}</span></td>
                                    <td data-label={own.behavior}>{choiceOf('mail_flow_policy', 'behavior', String(row.values['behavior'] ?? 'accept'), language).split(/\s?:/)[0]}</td>
                                    <td data-label={own.differs} class="small"><Differences row={row} keys={data.keys} /></td>
                                    <td data-label={own.used_by} class="small">{usersOf(row.id).map((one) => String(one.values['name'])).join(', ') || <span class="quiet">{own.unused}</span>}</td>
                                    <td data-label="" class="whole">{!row.predefined && <SureButton plain label={words.delete} question={own.delete_sure(row.id)} yes={words.delete} action={`delete-${row.id}`} busy={editor.busy} run={() => void editor.submit([{ do: 'remove', section: 'mail_flow_policy', row: row.id }])} />}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </article>
            )}
            <DefaultsList />
            <Command text="sealpost policy export" />
        </>
    );
}

function Differences(props: { row: Row; keys: readonly Key[] }) {
    const { language } = usePolicyWords();
    const written = props.keys.filter((key) => key.inherits && props.row.values[key.name] !== undefined);
    if (written.length === 0) return <span class="quiet">{flow_words[language].nothing_differs}</span>;
    return (
        <ul class="pairs">
            {written.map((key) => <li key={key.name}>{labelOf('mail_flow_policy', key.name, language)}{language === 'fr' ? '\u00a0: ' : ': '}<strong>{showValue('mail_flow_policy', key, props.row.values[key.name], language)}</strong></li>)}
        </ul>
    );
}

function DefaultsList() {
    const { language } = usePolicyWords();
    const own = flow_words[language];
    const { state } = usePolicy();
    const { data } = useSection('listener_defaults');
    if (!state || !data) return null;
    const rows = ['*', ...state.listeners.map((one) => one.name)];
    return (
        <article data-part="defaults">
            <h2>{own.defaults}</h2>
            <p>{own.defaults_lead}</p>
            <ul class="pairs">
                {rows.map((name) => {
                    const row = data.rows.find((one) => one.id === name);
                    const count = Object.keys(row?.values ?? {}).filter((key) => key !== 'listener').length;
                    return <li key={name}><Link to={joinPath(root, 'defaults', name)}>{name === '*' ? own.all : name}</Link> <span class="quiet small">{count > 0 && own.custom_count(count)}</span> {row && <StateBadge state={row.state} />}</li>;
                })}
            </ul>
        </article>
    );
}

function PolicyPart(props: { name: string | null }) {
    const { words, language } = usePolicyWords();
    const own = flow_words[language];
    const { state } = usePolicy();
    const { data, problem } = useSection('mail_flow_policy');
    const profiles = useSection('bounce_profile').data;
    const [chosen, choose] = useState<string | null>(null);
    const listener = chosen ?? state?.listeners[0]?.name ?? '';
    const inherited = useLoaded(async () => (listener ? policy.parameters(listener) : null), [listener]).data;
    const { row, is_gone } = useKept(data?.rows.find((one) => one.id === props.name) ?? null);
    const is_unknown = data !== null && props.name !== null && !row;
    return (
        <>
            <div class="spread">
                <Link to={root}>{words.back_to(words.flow)}</Link>
                {state && state.listeners.length > 1 && <ListenerChoice id="values-of" listeners={state.listeners} chosen={listener} choose={choose} label={own.values_of} />}
            </div>
            <LoadNotices data={is_unknown ? data : data && inherited} problem={problem} />
            {is_unknown && <p class="quiet">{words.gone}</p>}
            {is_gone && <GoneNotice next={words.gone_anew} />}
            {data && inherited && !is_unknown && (
                <FlowForm section="mail_flow_policy" title={props.name === null ? own.add_title : own.edit_title(props.name)} loaded={data} row={row} is_gone={is_gone} inherited={inherited.parameters} back={root} options={optionsOf(profiles)} />
            )}
            <Command text="sealpost policy submit policy.toml" />
        </>
    );
}

function optionsOf(profiles: Section | null): Record<string, readonly string[]> {
    return profiles && profiles.rows.length > 0 ? { bounce_profile: profiles.rows.map((row) => row.id) } : {};
}

function DefaultsPart(props: { listener: string }) {
    const { words, language } = usePolicyWords();
    const own = flow_words[language];
    const { data, problem } = useSection('listener_defaults');
    const is_all = props.listener === '*';
    const row = data?.rows.find((one) => one.id === props.listener) ?? null;
    const everywhere = data?.rows.find((one) => one.id === '*') ?? null;
    const inherited = data && data.keys.map((key) => beneath(key, is_all ? null : everywhere));
    return (
        <>
            <Link to={root}>{words.back_to(words.flow)}</Link>
            <LoadNotices data={data && inherited} problem={problem} />
            {data && inherited && (
                <FlowForm section="listener_defaults" title={own.defaults_of(is_all ? own.all : props.listener)} loaded={data} row={row} fixed={is_all ? {} : { listener: props.listener }} inherited={inherited} back={root} />
            )}
            <Command text="sealpost policy submit policy.toml" />
        </>
    );
}

/** What counts when the defaults of a listener say nothing: those of all listeners, else the built-in one. */
function beneath(key: Key, everywhere: Row | null): InheritedParameter {
    const written = everywhere?.values[key.name];
    return { name: key.name, inherited: written ?? key.fallback, inherited_from: written === undefined ? 'default' : 'listener' };
}

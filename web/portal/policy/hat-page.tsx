// HAT Overview: the sender groups of a listener in their order, and what leads on from there.

import { useState } from 'preact/hooks';
import { Heading } from '../../shared/parts';
import { waiting } from '../../shared/use-call';
import { joinPath, Link, useRoute } from '../route';
import { Command } from '../spf-advice-part';
import type { Row } from './api';
import { EditNotices, useEdit, usePolicy, usePolicyWords, useSection, type Editor } from './context';
import { FindSenders } from './find-senders';
import { AddGroup, EditGroup } from './group-form';
import { GroupPart } from './group-part';
import { groupPath, hat_root, nameOf, PolicyName } from './hat-parts';
import { hat_words } from './hat-words';
import { mergeOrder, moveEntry, orderOf, planMoves } from './order';
import { ListenerChoice, LoadNotices, StateBadge } from './parts';

/** `parts`: LISTENER, LISTENER/add, LISTENER/groups/NAME or LISTENER/groups/NAME/edit. */
export function HatPage(props: { parts: string[] }) {
    const { state, problem } = usePolicy();
    const [listener = state?.listeners[0]?.name, view, name, deeper] = props.parts;
    if (!state || !listener) return <LoadNotices data={null} problem={problem} />;
    if (view === 'add') return <AddGroup key={listener} listener={listener} />;
    if (view === 'groups' && name) {
        const key = `${listener}/${name}`;
        return deeper === 'edit' ? <EditGroup key={key} listener={listener} name={name} /> : <GroupPart key={key} listener={listener} name={name} />;
    }
    return <Overview key={listener} listener={listener} />;
}

function Overview(props: { listener: string }) {
    const { words, language } = usePolicyWords();
    const own = hat_words[language];
    const { state } = usePolicy();
    const { go } = useRoute();
    const { listener } = props;
    const { data, problem } = useSection('sender_group', listener);
    const [begun, begin] = useState<BegunOrder | null>(null);
    const editor = useEdit(begun ? begun.edition : data?.edition, data?.edition);
    const present = data?.rows.filter((row) => !row.predefined) ?? [];
    const all = data?.rows.find((row) => row.predefined) ?? null;
    // The groups of others come in when their state is taken over, not while somebody is moving the old ones.
    const groups = begun && !editor.follows ? begun.groups : present;
    const wanted = begun && (editor.follows ? mergeOrder(begun.wanted, groups.map((row) => row.id)) : begun.wanted);

    function editOrder() {
        editor.forget();
        if (data) begin({ edition: data.edition, groups: present, wanted: present.map((row) => row.id) });
    }

    function cancel() {
        begin(null);
        editor.forget();
    }

    async function submitOrder() {
        const moves = planMoves(groups.map((row, index) => ({ id: row.id, order: orderOf(row, index) })), wanted ?? []);
        const answer = await editor.submit(moves.map(({ id, to }) => ({ do: 'move' as const, section: 'sender_group' as const, row: id, to })));
        if (answer) begin(null);
    }

    const want = (ids: string[]) => begin((now) => now && { ...now, wanted: ids });
    const shown = wanted ? wanted.flatMap((id) => groups.find((row) => row.id === id) ?? []) : groups;
    return (
        <>
            <Heading>{words.hat}</Heading>
            <p>{own.lead}</p>
            <div class="spread tools">
                <ListenerChoice id="hat-listener" listeners={state?.listeners ?? []} chosen={listener} choose={(name) => go(joinPath(hat_root, name))} />
                <div class="row">
                    {!wanted && <Link to={joinPath(hat_root, listener, 'add')} class="button compact" action="add-group">{own.add_group}</Link>}
                    {!wanted && groups.length > 1 && <button type="button" class="compact outline" data-action="edit-order" onClick={editOrder}>{own.edit_order}</button>}
                </div>
            </div>
            <EditNotices editor={editor} />
            <LoadNotices data={data} problem={problem} />
            {data && (
                <article>
                    {wanted && <p>{own.order_lead}</p>}
                    <GroupTable listener={listener} rows={shown} all={all} order={wanted ? { ids: wanted, change: want } : null} />
                    {wanted && <OrderEnd editor={editor} submit={submitOrder} cancel={cancel} />}
                </article>
            )}
            <FindSenders listener={listener} />
            <Command text={`sealpost hat check --listener ${listener} --ip 192.0.2.7`} />
        </>
    );
}

function OrderEnd(props: { editor: Editor; submit(): void; cancel(): void }) {
    const { words } = usePolicyWords();
    return (
        <div class="row form-end">
            <button type="button" class="compact" {...waiting(props.editor.busy)} data-action="submit-order" onClick={props.submit}>{props.editor.busy ? words.submitting : words.submit}</button>
            <button type="button" class="compact outline secondary" onClick={props.cancel}>{words.cancel}</button>
        </div>
    );
}

/** What the order was when somebody began to edit it, and what it is to be. */
interface BegunOrder {
    edition: string;
    groups: readonly Row[];
    wanted: string[];
}

interface OrderEdit {
    ids: string[];
    change(ids: string[]): void;
}

function GroupTable(props: { listener: string; rows: readonly Row[]; all: Row | null; order: OrderEdit | null }) {
    const { language, words } = usePolicyWords();
    const own = hat_words[language];
    const [said, say] = useState('');
    const move = (row: Row, to: number) => {
        const { order } = props;
        if (!order || to < 0 || to >= order.ids.length) return;
        order.change(moveEntry(order.ids, order.ids.indexOf(row.id), to));
        say(own.moved_to(nameOf(row), to + 1));
    };
    return (
        <>
            <table class="cards plain-table">
                <caption class="hidden-label">{own.table(props.listener)}</caption>
                <thead>
                    <tr><th scope="col">{own.order}</th><th scope="col">{own.group}</th><th scope="col">{own.comment}</th><th scope="col">{own.policy}</th><th scope="col" class="number">{own.senders}</th><th scope="col">{words.state}</th></tr>
                </thead>
                <tbody>
                    {props.rows.map((row, index) => (
                        <tr key={row.id} data-row={row.id}>
                            <td data-label={own.order}>{props.order ? <OrderCell row={row} place={index} count={props.rows.length} move={(to) => move(row, to)} /> : <span data-part="order">{orderOf(row, index)}</span>}</td>
                            <td data-label={own.group}><Link to={groupPath(props.listener, nameOf(row))}>{nameOf(row)}</Link></td>
                            <td data-label={own.comment}>{String(row.values['comment'] ?? '')}</td>
                            <td data-label={own.policy}><PolicyName name={row.values['policy']} /></td>
                            <td data-label={own.senders} class="number">{(row.sender_count ?? 0).toLocaleString(language)}</td>
                            <td data-label={words.state}>{row.state !== 'same' && <span><StateBadge state={row.state} /></span>}</td>
                        </tr>
                    ))}
                    {props.all && (
                        <tr data-row={props.all.id} class="all">
                            <td data-label={own.order} />
                            <td data-label={own.group}>{own.all}</td>
                            <td data-label={own.comment} class="quiet">{own.all_comment}</td>
                            <td data-label={own.policy}><PolicyName name={props.all.values['policy']} /></td>
                            <td data-label={own.senders} />
                            <td data-label={words.state} />
                        </tr>
                    )}
                </tbody>
            </table>
            <p class="hidden-label" role="status">{said}</p>
        </>
    );
}

function OrderCell(props: { row: Row; place: number; count: number; move(to: number): void }) {
    const { language } = usePolicyWords();
    const own = hat_words[language];
    const name = nameOf(props.row);
    return (
        <span class="order-cell">
            <input type="number" min={1} max={props.count} value={props.place + 1} aria-label={own.order_of(name)}
                onChange={(event) => props.move(Math.min(props.count, Math.max(1, Math.round(Number(event.currentTarget.value) || 1))) - 1)} />
            <button type="button" class="compact outline" aria-label={own.up(name)} aria-disabled={props.place === 0} onClick={() => props.move(props.place - 1)}>↑</button>
            <button type="button" class="compact outline" aria-label={own.down(name)} aria-disabled={props.place === props.count - 1} onClick={() => props.move(props.place + 1)}>↓</button>
        </span>
    );
}

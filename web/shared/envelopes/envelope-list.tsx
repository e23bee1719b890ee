// Envelopes of somebody who looks after them: whom each went to, who opened it and what may be done with it; never content.

import { useState } from 'preact/hooks';
import { formatTime } from '../language';
import { LoadFailed, Waiting } from '../parts';
import { useTongue } from '../tongue';
import { waiting } from '../use-call';
import { usePages } from '../use-pages';
import { EnvelopeActions, useActions } from './envelope-actions';
import { isLockedForSender, type Envelope, type Keeper } from './envelope';
import '../lists.css';
import './style.css';
import { envelope_words } from './words';

const looks: Record<Envelope['state'], string> = { open: 'good', locked: 'warn', expired: '', erased: 'bad' };

/** `show_sender`: where it is not the same for all. */
export function EnvelopeList(props: { keeper: Keeper; show_sender: boolean }) {
    const { shared, language } = useTongue();
    const words = envelope_words[language];
    const [query, setQuery] = useState('');
    const [asked, ask] = useState('');
    const { rows, has_more, busy, problem, load, more, patch } = usePages<Envelope>(async (page) => {
        const answer = await props.keeper.envelopes(asked, page);
        return { rows: answer.envelopes, next: answer.next_page ?? null };
    }, [asked]);

    function search(event: Event) {
        event.preventDefault();
        // The same words once more are a wish for what is there now.
        if (query.trim() === asked) void load();
        else ask(query.trim());
    }

    return (
        <>
            <form class="inline-form" data-part="search" onSubmit={search}>
                <label for="query">{words.search}</label>
                <input id="query" type="search" value={query} spellcheck={false} onInput={(event) => setQuery(event.currentTarget.value)} />
                <button type="submit">{words.find}</button>
            </form>
            {problem && <LoadFailed problem={problem} retry={() => void load()} />}
            {!rows && !problem && <Waiting text={shared.loading} />}
            <p class="hidden-label" role="status">{rows?.length === 0 ? words.none : ''}</p>
            {rows?.length === 0 && <p class="quiet" aria-hidden="true">{words.none}</p>}
            {rows && rows.length > 0 && <EnvelopeTable {...props} rows={rows} change={(id, facts) => patch((row) => (row.id === id ? { ...row, ...facts } : row))} />}
            {has_more && <button type="button" class="compact outline" {...waiting(busy)} data-action="more" onClick={() => void more()}>{words.more}</button>}
        </>
    );
}

interface TableProps {
    keeper: Keeper;
    show_sender: boolean;
    rows: readonly Envelope[];
    change(id: string, facts: Partial<Envelope>): void;
}

function EnvelopeTable(props: TableProps) {
    const { language } = useTongue();
    const words = envelope_words[language];
    return (
        <table class="cards envelopes">
            <thead>
                <tr>
                    <th scope="col">{words.sent}</th>{props.show_sender && <th scope="col">{words.from}</th>}<th scope="col">{words.recipients}</th><th scope="col">{words.state}</th>
                    <th scope="col">{words.expires}</th><th scope="col">{words.actions}</th>
                </tr>
            </thead>
            <tbody>{props.rows.map((row) => <Row key={row.id} keeper={props.keeper} show_sender={props.show_sender} row={row} change={(facts) => props.change(row.id, facts)} />)}</tbody>
        </table>
    );
}

function Row(props: Pick<TableProps, 'keeper' | 'show_sender'> & { row: Envelope; change(facts: Partial<Envelope>): void }) {
    const { language } = useTongue();
    const words = envelope_words[language];
    const { row } = props;
    const actions = useActions(row, props.keeper, props.change);
    return (
        <>
            <tr data-envelope={row.id} data-state={row.state}>
                <td data-label={words.sent}><span>{formatTime(row.sent_at, language)}<br /><code class="small">{row.id}</code></span></td>
                {props.show_sender && <td data-label={words.from}><span class="breakable">{row.sender.name && <>{row.sender.name}<br /></>}{row.sender.address}</span></td>}
                <td data-label={words.recipients}><span class="breakable">{row.recipients.map((one) => <Recipient key={one.address} one={one} />)}</span></td>
                <td data-label={words.state}>
                    <span>
                        <span class={`badge ${looks[row.state] ?? ''}`}>{words.states[row.state] ?? row.state}</span>
                        {row.state === 'locked' && <span class="small" data-part="lock-reason"><br />{row.lock_reason ? <>{words.reason_given} <bdi>{row.lock_reason}</bdi></> : words.no_reason}</span>}
                        {isLockedForSender(row, props.keeper.side) && <span class="small" data-part="locked-by"><br />{words.locked_by_account}</span>}
                        {props.keeper.side === 'account' && row.state === 'locked' && row.locked_by === 'sender' && <span class="small" data-part="locked-by"><br />{words.locked_by_sender}</span>}
                    </span>
                </td>
                <td data-label={words.expires}>{formatTime(row.expires_at, language)}</td>
                <td data-label={words.actions}><EnvelopeActions row={row} actions={actions} /></td>
            </tr>
            {actions.form && <tr class="action-row"><td class="whole" data-label="" colSpan={props.show_sender ? 6 : 5}>{actions.form}</td></tr>}
        </>
    );
}

function Recipient(props: { one: Envelope['recipients'][number] }) {
    const { language } = useTongue();
    const words = envelope_words[language];
    const { address, released_at, assurance, displayed_at } = props.one;
    const how = assurance ? words.opened_by[assurance] : undefined;
    const fate = released_at ? words.opened(formatTime(released_at, language)) + (how ? `, ${how}` : '') : words.not_opened;
    return <span>{address}<br /><span class="quiet small">{fate}{displayed_at && ` · ${words.displayed}`}</span><br /></span>;
}

// "Envelopes": every envelope of the account, whom it went to, who opened it and what may be done with it; never content.

import { useState } from 'preact/hooks';
import type { EnvelopeState } from '../api';
import { formatTime } from '../../shared/language';
import { Heading, LoadFailed, Waiting } from '../../shared/parts';
import { waiting } from '../../shared/use-call';
import { admin, usePortal } from '../context';
import { usePages } from '../use-pages';
import { EnvelopeActions, useActions } from './envelope-actions';
import type { Envelope } from './envelope';
import './style.css';
import { envelope_words } from './words';

const looks: Record<EnvelopeState, string> = { open: 'good', locked: 'warn', expired: '', erased: 'bad' };

export function EnvelopesPage() {
    const { words, shared } = usePortal();
    const [query, setQuery] = useState('');
    const [asked, ask] = useState('');
    const { rows, has_more, busy, problem, load, more, patch } = usePages<Envelope>(async (page) => {
        const answer = await admin.envelopes(asked, page);
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
            <Heading>{words.envelopes}</Heading>
            <p>{words.envelopes_lead}</p>
            <form class="inline-form" data-part="search" onSubmit={search}>
                <label for="query">{words.search}</label>
                <input id="query" type="search" value={query} spellcheck={false} onInput={(event) => setQuery(event.currentTarget.value)} />
                <button type="submit">{words.find}</button>
            </form>
            {problem && <LoadFailed problem={problem} retry={() => void load()} />}
            {!rows && !problem && <Waiting text={shared.loading} />}
            <p class="hidden-label" role="status">{rows?.length === 0 ? words.envelopes_none : ''}</p>
            {rows?.length === 0 && <p class="quiet" aria-hidden="true">{words.envelopes_none}</p>}
            {rows && rows.length > 0 && <EnvelopeTable rows={rows} change={(id, facts) => patch((row) => (row.id === id ? { ...row, ...facts } : row))} />}
            {has_more && <button type="button" class="compact outline" {...waiting(busy)} data-action="more" onClick={() => void more()}>{words.more}</button>}
        </>
    );
}

function EnvelopeTable(props: { rows: readonly Envelope[]; change(id: string, facts: Partial<Envelope>): void }) {
    const { words, language } = usePortal();
    const own = envelope_words[language];
    return (
        <table class="cards envelopes">
            <thead>
                <tr>
                    <th scope="col">{words.sent}</th><th scope="col">{words.from}</th><th scope="col">{words.recipients}</th><th scope="col">{words.state}</th>
                    <th scope="col">{words.expires}</th><th scope="col">{own.actions}</th>
                </tr>
            </thead>
            <tbody>{props.rows.map((row) => <Row key={row.id} row={row} change={(facts) => props.change(row.id, facts)} />)}</tbody>
        </table>
    );
}

function Row(props: { row: Envelope; change(facts: Partial<Envelope>): void }) {
    const { words, language } = usePortal();
    const own = envelope_words[language];
    const { row } = props;
    const actions = useActions(row, props.change);
    return (
        <>
            <tr data-envelope={row.id} data-state={row.state}>
                <td data-label={words.sent}><span>{formatTime(row.sent_at, language)}<br /><code class="small">{row.id}</code></span></td>
                <td data-label={words.from}><span>{row.sender.name && <>{row.sender.name}<br /></>}{row.sender.address}</span></td>
                <td data-label={words.recipients}><span>{row.recipients.map((one) => <Recipient key={one.address} one={one} />)}</span></td>
                <td data-label={words.state}>
                    <span>
                        <span class={`badge ${looks[row.state] ?? ''}`}>{words.envelope_states[row.state] ?? row.state}</span>
                        {row.state === 'locked' && <span class="small" data-part="lock-reason"><br />{row.lock_reason ? <>{own.reason_given} <bdi>{row.lock_reason}</bdi></> : own.no_reason}</span>}
                    </span>
                </td>
                <td data-label={words.expires}>{formatTime(row.expires_at, language)}</td>
                <td data-label={own.actions}><EnvelopeActions row={row} actions={actions} /></td>
            </tr>
            {actions.form && <tr class="action-row"><td class="whole" data-label="" colSpan={6}>{actions.form}</td></tr>}
        </>
    );
}

function Recipient(props: { one: Envelope['recipients'][number] }) {
    const { words, language } = usePortal();
    const { address, released_at, assurance, displayed_at } = props.one;
    const how = assurance ? words.opened_by[assurance] : undefined;
    const fate = released_at ? words.opened(formatTime(released_at, language)) + (how ? `, ${how}` : '') : words.not_opened;
    return <span>{address}<br /><span class="quiet small">{fate}{displayed_at && ` · ${words.displayed}`}</span><br /></span>;
}

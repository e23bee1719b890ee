// "Envelopes": every envelope of the account, whom it went to and who opened it; never content.

import { useState } from 'preact/hooks';
import type { EnvelopeRow, EnvelopeState } from '../shared/api';
import { formatTime } from '../shared/language';
import { Heading, Notice, Waiting } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { waiting } from '../shared/use-call';
import { admin, usePortal } from './context';
import { usePages } from './use-pages';

const looks: Record<EnvelopeState, string> = { open: 'good', locked: 'warn', expired: '', erased: 'bad' };

export function EnvelopesPage() {
    const { words, shared } = usePortal();
    const [query, setQuery] = useState('');
    const [asked, ask] = useState('');
    const { rows, has_more, busy, problem, more } = usePages<EnvelopeRow>(async (page) => {
        const answer = await admin.envelopes(asked, page);
        return { rows: answer.envelopes, next: answer.next_page ?? null };
    }, [asked]);

    return (
        <>
            <Heading>{words.envelopes}</Heading>
            <p>{words.envelopes_lead}</p>
            <form class="inline-form" data-part="search" onSubmit={(event) => { event.preventDefault(); ask(query.trim()); }}>
                <label for="query">{words.search}</label>
                <input id="query" type="search" value={query} spellcheck={false} onInput={(event) => setQuery(event.currentTarget.value)} />
                <button type="submit">{words.find}</button>
            </form>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!rows && !problem && <Waiting text={shared.loading} />}
            <p class="hidden-label" role="status">{rows?.length === 0 ? words.envelopes_none : ''}</p>
            {rows?.length === 0 && <p class="quiet" aria-hidden="true">{words.envelopes_none}</p>}
            {rows && rows.length > 0 && <EnvelopeTable rows={rows} />}
            {has_more && <button type="button" class="compact outline" {...waiting(busy)} data-action="more" onClick={() => void more()}>{words.more}</button>}
        </>
    );
}

function EnvelopeTable(props: { rows: readonly EnvelopeRow[] }) {
    const { words, language } = usePortal();
    return (
        <table class="cards">
            <thead>
                <tr><th scope="col">{words.sent}</th><th scope="col">{words.from}</th><th scope="col">{words.recipients}</th><th scope="col">{words.state}</th><th scope="col">{words.expires}</th></tr>
            </thead>
            <tbody>
                {props.rows.map((row) => (
                    <tr key={row.id} data-envelope={row.id}>
                        <td data-label={words.sent}><span>{formatTime(row.sent_at, language)}<br /><code class="small">{row.id}</code></span></td>
                        <td data-label={words.from}><span>{row.sender.name && <>{row.sender.name}<br /></>}{row.sender.address}</span></td>
                        <td data-label={words.recipients}><span>{row.recipients.map((one) => <Recipient key={one.address} one={one} />)}</span></td>
                        <td data-label={words.state}><span><span class={`badge ${looks[row.state] ?? ''}`}>{words.envelope_states[row.state] ?? row.state}</span></span></td>
                        <td data-label={words.expires}>{formatTime(row.expires_at, language)}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function Recipient(props: { one: EnvelopeRow['recipients'][number] }) {
    const { words, language } = usePortal();
    const { address, released_at, displayed_at } = props.one;
    const fate = released_at ? words.opened(formatTime(released_at, language)) : words.not_opened;
    return <span>{address}<br /><span class="quiet small">{fate}{displayed_at && ` · ${words.displayed}`}</span><br /></span>;
}

// What became of the replies: by which way, over which TLS; held ones can be released.

import { formatTime } from '../../shared/language';
import { Notice, Waiting } from '../../shared/parts';
import { describeProblem } from '../../shared/tongue';
import { useCall, waiting } from '../../shared/use-call';
import type { Delivery, DeliveryState } from '../api';
import { admin, usePortal } from '../context';
import { SentAsNote } from '../sending-part';
import { usePages, type Pages } from '../../shared/use-pages';
import { domain_words } from './words';

export const delivery_looks: Record<DeliveryState, string> = { delivered: 'good', queued: '', held: 'warn', bounced: 'bad' };

export function useDeliveries(): Pages<Delivery> {
    return usePages(async (page) => {
        const answer = await admin.deliveries(page);
        return { rows: answer.deliveries, next: answer.next_page ?? null };
    }, []);
}

export function DeliveriesPart(props: { deliveries: Pages<Delivery> }) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const { rows, has_more, busy, problem, load, more } = props.deliveries;
    return (
        <section data-part="deliveries">
            <div class="spread">
                <h2>{words.deliveries}</h2>
                <button type="button" class="compact outline" onClick={() => void load()}>{words.refresh}</button>
            </div>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!rows && !problem && <Waiting text={shared.loading} />}
            {rows?.length === 0 && !has_more && <p class="quiet">{words.deliveries_none}</p>}
            {rows && rows.length > 0 && <DeliveryTable rows={rows} changed={load} />}
            {has_more && <button type="button" class="compact outline" {...waiting(busy)} data-action="more" onClick={() => void more()}>{words.more}</button>}
        </section>
    );
}

function DeliveryTable(props: { rows: readonly Delivery[]; changed(): Promise<void> }) {
    const { language } = usePortal();
    const words = domain_words[language];
    return (
        <table class="cards">
            <thead>
                <tr><th scope="col">{words.when}</th><th scope="col">{words.to}</th><th scope="col">{words.way}</th><th scope="col">{words.state}</th><th scope="col">{words.tls}</th><th scope="col">{words.detail}</th></tr>
            </thead>
            <tbody>
                {props.rows.map((row) => (
                    <tr key={row.id} data-state={row.state} data-way={row.way}>
                        <td data-label={words.when}>{formatTime(row.time, language)}</td>
                        <td data-label={words.to}><span class="breakable">{row.to}<br /><span class="quiet small">{words.from} {row.from}</span></span></td>
                        <td data-label={words.way}><span>{words.ways[row.way] ?? row.way}<br /><SentAsNote row={row} /></span></td>
                        <td data-label={words.state}><span><span class={`badge ${delivery_looks[row.state] ?? ''}`}>{words.states[row.state] ?? row.state}</span></span></td>
                        <td data-label={words.tls}><TlsCell row={row} /></td>
                        <td data-label={words.detail}><span class="breakable">{row.detail}{row.state === 'held' && <ReleaseButton row={row} changed={props.changed} />}</span></td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function TlsCell(props: { row: Delivery }) {
    const { language } = usePortal();
    const words = domain_words[language];
    const { tls, host } = props.row;
    if (!tls) return <span class="quiet">{words.without_tls}</span>;
    return (
        <span class="breakable">
            {host} · {tls.version}<br />
            <span class="quiet small">{tls.cipher} · {tls.proof ? words.proofs[tls.proof] : tls.verified ? words.verified : words.unverified}</span>
        </span>
    );
}

function ReleaseButton(props: { row: Delivery; changed(): Promise<void> }) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const { busy, problem, call } = useCall();
    const release = () => call(async () => {
        await admin.releaseDelivery(props.row.id);
        await props.changed();
    });
    return (
        <span class="row">
            <button type="button" class="compact" {...waiting(busy)} onClick={release} aria-label={`${words.release}: ${props.row.to}`}>{words.release}</button>
            {problem && <span role="alert">{describeProblem(problem, shared)}</span>}
        </span>
    );
}

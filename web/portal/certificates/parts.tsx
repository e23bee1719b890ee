// How a certificate looks wherever it is shown: its state in a badge, the loud words for what nobody can verify, how much of
// its time is left.

import { formatDate } from '../../shared/language';
import { Notice } from '../../shared/parts';
import { commonName, firstEnd, lifetimeOf, lookOf } from '../../shared/tls/chain';
import type { Certificate } from '../../shared/tls/facts';
import type { Entry, EntryState } from './api';
import { useCertificateWords } from './context';

const looks: Record<EntryState, string> = { none: 'bad', demo: 'bad', self_signed: 'bad', installed: 'good', expired: 'bad' };

export function EntryBadges(props: { entry: Entry }) {
    const { words } = useCertificateWords();
    const { entry } = props;
    const is_unverified = entry.state === 'installed' && entry.finding.verdict !== 'ok';
    return (
        <span class="row badges">
            <span class={`badge ${is_unverified ? 'warn' : looks[entry.state] ?? ''}`} data-part="entry-state" data-state={entry.state}>{words.states[entry.state] ?? entry.state}</span>
            {is_unverified && <span class="badge bad">{words.unverified}</span>}
            {entry.request && <span class="badge">{words.pending}</span>}
        </span>
    );
}

export function LoudNotice(props: { state: EntryState }) {
    const { words } = useCertificateWords();
    switch (props.state) {
        case 'demo': return <div data-part="loud"><Notice kind="bad" title={words.demo_title}><p>{words.demo_text}</p></Notice></div>;
        case 'self_signed': return <div data-part="loud"><Notice kind="bad" title={words.self_signed_title}><p>{words.self_signed_text}</p></Notice></div>;
        case 'expired': return <div data-part="loud"><Notice kind="bad" title={words.expired_title}><p>{words.expired_text}</p></Notice></div>;
        case 'none':
        case 'installed': return null;
    }
}

export function DaysLeft(props: { days: number | null }) {
    const { words } = useCertificateWords();
    if (props.days === null) return null;
    const look = lookOf(props.days);
    return <span class={look === 'good' ? '' : `badge ${look}`}>{words.days(props.days)}</span>;
}

/** A bar from the first day to the last, with today in it. */
export function LifetimeBar(props: { chain: readonly Certificate[] }) {
    const { words, language } = useCertificateWords();
    const [leaf] = props.chain;
    if (!leaf) return null;
    const now = new Date();
    const { part, days_left, look } = lifetimeOf(leaf, now);
    const [from, until] = [formatDate(leaf.not_before, language), formatDate(leaf.not_after, language)];
    const first = firstEnd(props.chain);
    return (
        <div class="lifetime" data-look={look}>
            <div class="track" role="img" aria-label={words.lifetime_of(from, until, words.days(days_left))}><span class={look} style={{ width: `${(part ?? 0) * 100}%` }} /></div>
            <div class="ends small"><span class="quiet">{from}</span><strong class={look}>{words.days(days_left)}</strong><span class="quiet">{until}</span></div>
            {first && first !== leaf && <p class="small wrap">{words.first_end(commonName(first.subject), words.days(lifetimeOf(first, now).days_left))}</p>}
        </div>
    );
}

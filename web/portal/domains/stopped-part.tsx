// What a fault of the domain's mail hosts stops: replies, and with them everything else that comes from here.

import { useEffect, useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import type { Domain } from '../../shared/tls/facts';
import type { Delivery, Stopped } from '../api';
import { admin, usePortal } from '../context';
import { delivery_looks } from './deliveries-part';
import { domain_words } from './words';

export function StoppedPart(props: { domain: Domain; deliveries: readonly Delivery[] }) {
    const { language } = usePortal();
    const words = domain_words[language];
    const { domain } = props;
    const has_fault = domain.needs_test === true || Boolean(domain.last_failure) || domain.last_test?.ready === false;
    const stopped = findStopped(domain.domain, props.deliveries);
    const notices = useNotices(domain.domain, has_fault && domain.proven);
    if (!has_fault) return null;
    const has_notices = notices !== null && notices.waiting > 0;
    return (
        <section class="stopped" data-part="stopped">
            <h3>{words.stopped_title}</h3>
            <p>{words.stopped_lead}</p>
            {domain.last_failure && <p>{words.stopped_said} <span class="wrap">{domain.last_failure}</span></p>}
            {has_notices && <p data-part="stopped-notices">{words.stopped_notices(notices.waiting, notices.is_all)} <span class="wrap">{notices.said}</span></p>}
            {stopped.length === 0 ? <p class="quiet small">{has_notices ? words.stopped_replies_none : words.stopped_none}</p> : (
                <ul>
                    {stopped.map((one) => (
                        <li key={one.id}>
                            <span class={`badge ${delivery_looks[one.state] ?? ''}`}>{words.states[one.state] ?? one.state}</span>
                            <span class="wrap">{one.to}</span>
                            <span class="quiet small wrap">{formatTime(one.time, language)} · {one.detail}</span>
                        </li>
                    ))}
                </ul>
            )}
        </section>
    );
}

/** What waits of the service's own mail; where that cannot be told, the part does without. */
function useNotices(domain: string, is_wanted: boolean): Stopped | null {
    const [notices, keep] = useState<Stopped | null>(null);
    useEffect(() => {
        let is_stale = false;
        keep(null);
        if (is_wanted) admin.stopped(domain).then((found) => { if (!is_stale) keep(found); }, () => undefined);
        return () => { is_stale = true; };
    }, [domain, is_wanted]);
    return notices;
}

/** The deliveries to a domain that did not get through, newest first. */
export function findStopped(domain: string, deliveries: readonly Delivery[]): Delivery[] {
    return deliveries.filter((one) => one.to.toLowerCase().endsWith(`@${domain}`) && one.state !== 'delivered' && one.detail !== '').slice(0, 10);
}

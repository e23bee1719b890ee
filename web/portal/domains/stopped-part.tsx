// What a fault of the domain's mail hosts stops: replies, and with them everything else that comes from here.

import { formatTime } from '../../shared/language';
import type { Domain } from '../../shared/tls/facts';
import type { Delivery } from '../api';
import { usePortal } from '../context';
import { delivery_looks } from './deliveries-part';
import { domain_words } from './words';

export function StoppedPart(props: { domain: Domain; deliveries: readonly Delivery[] }) {
    const { language } = usePortal();
    const words = domain_words[language];
    const { domain } = props;
    const has_fault = domain.needs_test === true || Boolean(domain.last_failure) || domain.last_test?.ready === false;
    const stopped = findStopped(domain.domain, props.deliveries);
    if (!has_fault) return null;
    return (
        <section class="stopped" data-part="stopped">
            <h3>{words.stopped_title}</h3>
            <p>{words.stopped_lead}</p>
            {domain.last_failure && <p>{words.stopped_said} <span class="wrap">{domain.last_failure}</span></p>}
            {stopped.length === 0 ? <p class="quiet small">{words.stopped_none}</p> : (
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

/** The deliveries to a domain that did not get through, newest first. */
export function findStopped(domain: string, deliveries: readonly Delivery[]): Delivery[] {
    return deliveries.filter((one) => one.to.toLowerCase().endsWith(`@${domain}`) && one.state !== 'delivered' && one.detail !== '').slice(0, 10);
}

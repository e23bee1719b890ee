// What a test found, host by host: the verdict, the chain drawn, what was seen and what mends it.

import { withColon } from '../french';
import { useTongue } from '../tongue';
import { ChainView } from './chain-view';
import type { HostTest } from './facts';
import { nameVerdict, standingOf } from './standing';
import { tls_words } from './words';

export function HostsView(props: { domain: string; hosts: readonly HostTest[]; /** How many are still being tested. */ waiting?: number }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const waiting = Array.from({ length: Math.min(props.waiting ?? 0, 20) }, (_, index) => index);
    if (props.hosts.length === 0 && waiting.length === 0) return null;
    return (
        <ul class="hosts" aria-label={words.hosts_of(props.domain)} data-part="hosts">
            {props.hosts.map((host) => <HostCard key={`${host.mx} ${host.address}`} host={host} />)}
            {waiting.map((index) => <li key={index} class="pending" aria-hidden="true"><span>{words.being_tested}</span></li>)}
        </ul>
    );
}

function HostCard(props: { host: HostTest }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { host } = props;
    const standing = standingOf(host);
    const facts = [host.address ?? words.no_address, words.preference(host.preference), host.protocol, host.cipher].filter(Boolean);
    return (
        <li class={standing} data-verdict={host.verdict}>
            <div class="spread">
                <strong class="wrap">{host.mx}</strong>
                <span class={`badge ${standing}`}>{nameVerdict(host, words)}</span>
            </div>
            <p class="quiet small wrap">{facts.join(' · ')}</p>
            <ChainView found={host} label={words.chain_of(host.mx)} />
            {standing !== 'good' && (
                <dl class="mend">
                    {host.fix && <div class="fix"><dt>{words.to_do}</dt><dd>{host.fix}</dd></div>}
                    {host.detail && <div><dt>{words.seen}</dt><dd class="quiet small" lang="en">{host.detail}</dd></div>}
                </dl>
            )}
            {(host.notes ?? []).length > 0 && <p class="quiet small wrap">{withColon(words.notes, language)} {host.notes?.join(' · ')}</p>}
        </li>
    );
}

// The result of a TLS test, host by host: verdict, what was seen, what to do, and the chain.

import type { HostTest } from '../shared/api';
import { formatShortTime } from '../shared/language';
import { boxesOf, type ChainBox } from './chain';
import { usePortal } from './context';

export function HostTable(props: { hosts: readonly HostTest[] }) {
    const { words } = usePortal();
    return (
        <table class="cards">
            <thead>
                <tr><th scope="col">{words.host}</th><th scope="col">{words.verdict}</th><th scope="col">{words.tls}</th><th scope="col">{words.detail}</th><th scope="col">{words.fix}</th></tr>
            </thead>
            <tbody>
                {props.hosts.map((host) => <HostRows key={`${host.mx} ${host.address}`} host={host} />)}
            </tbody>
        </table>
    );
}

function HostRows(props: { host: HostTest }) {
    const { words } = usePortal();
    const { host } = props;
    return (
        <>
            <tr data-verdict={host.verdict}>
                <td data-label={words.host}><span>{host.mx}<br /><span class="quiet small">{host.preference} · {host.address}</span></span></td>
                <td data-label={words.verdict}><span><span class={`badge ${host.verdict === 'ok' ? 'good' : 'bad'}`}>{words.verdicts[host.verdict] ?? host.verdict}</span></span></td>
                <td data-label={words.tls}>{host.protocol && <span>{host.protocol}<br /><span class="quiet small">{host.cipher}</span></span>}</td>
                <td data-label={words.detail}>{host.detail}</td>
                <td data-label={words.fix}>{host.fix}</td>
            </tr>
            {host.chain.length > 0 && <tr><td class="whole" colSpan={5}><Chain host={host} /></td></tr>}
        </>
    );
}

function Chain(props: { host: HostTest }) {
    const { words } = usePortal();
    return (
        <>
            <span class="quiet small">{words.chain}</span>
            <ol class="chain" aria-label={words.chain_of(props.host.mx)}>
                {boxesOf(props.host, new Date()).map((box, index) => <Box key={index} box={box} />)}
            </ol>
        </>
    );
}

function Box(props: { box: ChainBox }) {
    const { words, language } = usePortal();
    const { box } = props;
    const roles = { leaf: words.chain_leaf, intermediate: words.chain_intermediate, root: words.chain_root };
    return (
        <li class={`${box.faulty ? 'faulty' : ''} ${box.missing ? 'missing' : ''}`}>
            <span class="role">{roles[box.role]}{box.missing && ` · ${words.chain_missing}`}</span>
            {box.name}
            {box.not_after && <span class="role">{words.chain_valid_until(formatShortTime(box.not_after, language))}</span>}
            {box.faulty && <span class="fault">{words.chain_fault}</span>}
        </li>
    );
}

// DANE and MTA-STS under the hosts of a test: published or not, and whether what is published is in order.

import type { ComponentChildren } from 'preact';
import { withColon } from '../french';
import { useTongue } from '../tongue';
import { dane_looks, lookOfSts, type DaneReport, type ExtraLook, type StsReport } from './extras';
import { tls_words } from './words';

interface Props {
    dane: DaneReport | null | undefined;
    mta_sts: StsReport | null | undefined;
}

export function ExtrasView(props: Props) {
    if (!props.dane && !props.mta_sts) return null;
    return (
        <ul class="extras" data-part="extras">
            {props.dane && <DanePart report={props.dane} />}
            {props.mta_sts && <StsPart report={props.mta_sts} />}
        </ul>
    );
}

function Extra(props: { name: string; title: string; look: ExtraLook; said: string; children: ComponentChildren }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { look } = props;
    return (
        <li data-extra={props.name} data-state={look}>
            <p><strong>{props.title}</strong> <span class={`badge ${look === 'none' ? '' : look}`}>{words.extra_states[look]}</span></p>
            <p class="quiet small">{props.said}</p>
            {props.children}
        </li>
    );
}

function DanePart(props: { report: DaneReport }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { status, hosts } = props.report;
    return (
        <Extra name="dane" title={words.dane} look={dane_looks[status] ?? 'bad'} said={words.dane_statuses[status] ?? status}>
            {hosts.filter((one) => one.tlsa.length > 0).map((one) => (
                <div key={one.mx} class="small wrap">
                    <p>{withColon(one.mx, language)} {words.dane_verdicts[one.verdict] ?? one.verdict}</p>
                    {one.tlsa.map((record) => <p key={record}><code>{record}</code></p>)}
                </div>
            ))}
        </Extra>
    );
}

function StsPart(props: { report: StsReport }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { status, mode, mx, problem, uncovered } = props.report;
    return (
        <Extra name="mta_sts" title={words.mta_sts} look={lookOfSts(props.report)} said={status === 'none' ? words.sts_none : mode ? words.sts_modes[mode] ?? mode : words.sts_unread}>
            {mx.length > 0 && <p class="small wrap"><code>{mx.join(' ')}</code></p>}
            {problem && <p class="small wrap">{problem}</p>}
            {uncovered.length > 0 && <p class="small wrap"><strong>{words.sts_uncovered(uncovered.join(', '))}</strong></p>}
        </Extra>
    );
}

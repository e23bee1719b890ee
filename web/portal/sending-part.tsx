// Under whose name replies leave: on a domain's page with advice, and beside each delivery.

import { useEffect, useState } from 'preact/hooks';
import { Busy, CopyButton, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import type { Delivery, Sending, SentAsReason } from './api';
import { admin, usePortal } from './context';
import { sending_words } from './sending-words';

const advisor = (domain: string) => `/portal/spf?domain=${encodeURIComponent(domain)}`;
const needs_include: readonly SentAsReason[] = ['spf_missing', 'spf_not_pass'];

export function SendingPart(props: { domain: string }) {
    const { language, shared } = usePortal();
    const words = sending_words[language];
    const [sending, set] = useState<Sending | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    useEffect(() => {
        admin.sending(props.domain).then(set, (error: unknown) => fail(asProblem(error)));
    }, [props.domain]);

    return (
        <section data-part="sending" data-sent-as={sending?.sent_as}>
            <h3>{words.title}</h3>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!sending && !problem && <Busy text={words.checking} />}
            {sending?.sent_as === 'person' && <p>{words.person(sending.domain)}</p>}
            {sending?.sent_as === 'service' && <Advice sending={sending} />}
            {sending && <Evidence sending={sending} />}
        </section>
    );
}

function Advice(props: { sending: Sending }) {
    const { language } = usePortal();
    const words = sending_words[language];
    const { sending } = props;
    const include = `include:${sending.include}`;
    return (
        <>
            <p>{words.service(sending.domain, words.reasons[sending.reason](sending.domain))}</p>
            {needs_include.includes(sending.reason) && (
                <p>{words.advice(sending.include)} <code>{include}</code> <CopyButton text={include} label={include} /></p>
            )}
            {sending.reason === 'spf_broken' && <p>{words.mend}</p>}
            <p><a href={advisor(sending.domain)}>{words.advisor}</a></p>
        </>
    );
}

function Evidence(props: { sending: Sending }) {
    const { language } = usePortal();
    const words = sending_words[language];
    const { spf, dmarc } = props.sending;
    return (
        <ul class="quiet small">
            {spf.map((one) => <li key={one.address} class="wrap">{words.spf(one.address, one.result, one.mechanism)}</li>)}
            {dmarc.record && <li class="wrap">{words.dmarc(dmarc.result, dmarc.policy)} <code>{dmarc.record}</code></li>}
        </ul>
    );
}

/** In a row of the deliveries: the name, and why when it is not the writer's. */
export function SentAsNote(props: { row: Delivery }) {
    const { language } = usePortal();
    const words = sending_words[language];
    const { sent_as, identity } = props.row;
    if (!sent_as) return null;
    const why = sent_as === 'service' && identity ? words.reasons[identity.reason](identity.domain) : '';
    return <span class="quiet small" data-sent-as={sent_as}>{why ? words.because(words.sent_as[sent_as], why) : words.sent_as[sent_as]}</span>;
}

// One certificate: how it stands, its chain drawn, its request, its renewal; and the forms that change it.

import { useEffect, useState } from 'preact/hooks';
import { withColon } from '../../shared/french';
import { formatTime } from '../../shared/language';
import { CopyButton, Heading, Notice, Waiting } from '../../shared/parts';
import { saveBytes } from '../../shared/mail/save';
import { asProblem, type Problem } from '../../shared/problem';
import { ChainView } from '../../shared/tls/chain-view';
import { useCall, waiting } from '../../shared/use-call';
import { joinPath, Link, useRoute } from '../route';
import type { Entry } from './api';
import { certificates, describeRefusal, root, useCertificateWords } from './context';
import { FindingView } from './finding-view';
import { InstallForm } from './install-form';
import { EntryBadges, LifetimeBar, LoudNotice } from './parts';
import { RequestForm } from './request-form';
import { nameUser } from './words';

export function EntryPage(props: { name: string; form: string }) {
    const { words, shared, language } = useCertificateWords();
    const { go } = useRoute();
    const [entry, setEntry] = useState<Entry | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const [said, say] = useState<string | null>(null);
    const path = joinPath(root, props.name);

    useEffect(() => {
        certificates.entry(props.name).then(setEntry, (error: unknown) => fail(asProblem(error)));
    }, [props.name, language]);

    function done(next: Entry, sentence: string | null) {
        setEntry(next);
        say(sentence);
        go(path);
    }

    const form = entry?.kept_by === 'node' ? props.form : '';
    return (
        <>
            <Link to={form ? path : root}>« {form ? props.name : words.title}</Link>
            {problem && <Notice kind="bad"><p>{describeRefusal(problem, words, shared)}</p></Notice>}
            {!entry && !problem && <Waiting text={shared.loading} />}
            {entry && form === 'request' && <RequestForm entry={entry} done={(next) => done(next, null)} path={path} />}
            {entry && form === 'install' && (
                <InstallForm entry={entry} path={path} done={(next) => done(next, next.finding.verdict === 'ok' ? words.installed : words.installed_unverified)} />
            )}
            {entry && form === '' && <EntryView entry={entry} said={said} path={path} />}
        </>
    );
}

function EntryView(props: { entry: Entry; said: string | null; path: string }) {
    const { words } = useCertificateWords();
    const { entry, path } = props;
    const is_ours = entry.kept_by === 'node';
    return (
        <div data-part="entry" data-certificate={entry.name}>
            <div class="spread">
                <Heading>{entry.name}</Heading>
                <EntryBadges entry={entry} />
            </div>
            {props.said && <Notice kind="good"><p>{props.said}</p></Notice>}
            <LoudNotice state={entry.state} />
            {!is_ours && <Notice kind="info"><p>{words.kept_by_files}</p></Notice>}
            {is_ours && (
                <div class="row actions">
                    <Link to={`${path}/request`} class="button outline" action="request">{entry.request ? words.request_again : words.request_create}</Link>
                    <Link to={`${path}/install`} class="button" action="install">{words.install}</Link>
                </div>
            )}
            {entry.request && <RequestPart entry={entry} />}
            {entry.request_problem && <Notice kind="warn"><p>{words.request_problem} {entry.request_problem}</p></Notice>}
            <article data-part="installed-chain">
                <h2>{words.chain}</h2>
                <FindingView finding={entry.finding} good={words.verifies} />
                {entry.chain.length === 0 ? <p class="quiet">{words.nothing_installed}</p> : (
                    <>
                        <ChainView found={{ ...entry.finding, chain: entry.chain }} label={words.chain_of(entry.name)} />
                        <h3>{words.lifetime}</h3>
                        <LifetimeBar chain={entry.chain} />
                    </>
                )}
                <Facts entry={entry} />
            </article>
            {entry.acme && <RenewalPart entry={entry} />}
        </div>
    );
}

function Facts(props: { entry: Entry }) {
    const { words, language } = useCertificateWords();
    const { entry } = props;
    const [leaf] = entry.chain;
    const rows: [string, string | null | undefined][] = [
        [words.names, (leaf?.names ?? entry.names).join(', ')], [words.used_by, entry.used_by.map((one) => nameUser(one, words)).join(', ') || words.used_by_none], [words.key, leaf?.key],
        [words.signature, leaf?.signature_hash], [words.fingerprint, leaf?.sha256], [words.installed_at, entry.installed_at && formatTime(entry.installed_at, language)],
        [words.kept_by, words.keepers[entry.kept_by]],
    ];
    return (
        <>
            <h3>{words.facts}</h3>
            <dl class="facts">{rows.map(([name, value]) => value && <><dt>{name}</dt><dd>{value}</dd></>)}</dl>
        </>
    );
}

function RequestPart(props: { entry: Entry }) {
    const { words, shared, language } = useCertificateWords();
    const { request, name } = props.entry;
    if (!request) return null;
    return (
        <article data-part="pending-request">
            <h2>{words.request_title}</h2>
            <p>{words.request_lead} <span class="quiet">{words.request_made(formatTime(request.made_at, language), request.key)} {withColon(words.request_names, language)} {request.names.join(', ')}</span></p>
            <label for="csr" class="hidden-label">{words.request_text}</label>
            <textarea id="csr" class="lines" readOnly rows={9} value={request.pem} />
            <div class="row">
                <CopyButton text={request.pem} label={words.request_text} />
                <button type="button" class="compact outline" data-action="download-csr" onClick={() => saveBytes(new TextEncoder().encode(request.pem), `${name}.csr`)}>{shared.download}</button>
            </div>
        </article>
    );
}

function RenewalPart(props: { entry: Entry }) {
    const { words, shared, language } = useCertificateWords();
    const { name, acme, renewal } = props.entry;
    const { busy, problem, call } = useCall();
    const [is_asked, tell] = useState(false);
    return (
        <article data-part="renewal">
            <h2>{words.renewal}</h2>
            <p>{words.renewal_lead(acme ?? '')} {renewal?.next && words.renewal_next(formatTime(renewal.next, language))}</p>
            {renewal?.last_problem && <Notice kind="warn"><p>{words.renewal_problem} {renewal.last_problem}</p></Notice>}
            {problem && <Notice kind="bad"><p>{describeRefusal(problem, words, shared)}</p></Notice>}
            {is_asked && <Notice kind="good"><p>{words.renewal_asked}</p></Notice>}
            <div class="row">
                <button type="button" class="compact" {...waiting(busy)} data-action="renew"
                    onClick={() => void call(async () => { await certificates.renew(name); tell(true); })}>{busy ? words.renewing : words.renew}</button>
            </div>
        </article>
    );
}

// The page for whoever runs a domain's mail, without an account: why mail to it is an envelope, and the three steps that
// change it.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Heading, Notice, PageFrame, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem, useTongue } from '../shared/tongue';
import { cleanDomain, looksLikeDomain } from '../shared/tls/domain-name';
import type { Domain } from '../shared/tls/facts';
import { tls_words } from '../shared/tls/words';
import { TlsClient, type PublicDomain } from './api';
import { DomainSteps } from './domain-steps';
import { WayPicture } from './way-picture';
import { page_words } from './words';

const client = new TlsClient();

function domainOfAddress(): string | null {
    const domain = cleanDomain(new URLSearchParams(location.search).get('domain') ?? '');
    return looksLikeDomain(domain) ? domain : null;
}

export function TlsPage() {
    const { language } = useTongue();
    const words = page_words[language];
    const [domain, setDomain] = useState(domainOfAddress);
    const [own, setOwn] = useState<Domain | null>(null);
    const [is_ready, ready] = useState(false);

    // In another language, too: the service phrases what to mend.
    useEffect(() => {
        client.own().then((managed) => {
            setOwn(managed);
            if (managed) setDomain((asked) => asked ?? managed.domain);
        }, () => {}).finally(() => ready(true));
    }, [language]);
    useEffect(() => {
        const follow = () => setDomain(domainOfAddress());
        addEventListener('popstate', follow);
        return () => removeEventListener('popstate', follow);
    }, []);
    useLayoutEffect(() => {
        document.title = domain ? `${domain} · ${words.title}` : words.title;
    }, [domain, words]);

    function choose(next: string | null) {
        history.pushState(null, '', next ? `/tls?domain=${encodeURIComponent(next)}` : '/tls');
        setDomain(next);
        scrollTo(0, 0);
    }

    return (
        <PageFrame name={words.product} detail={words.product_detail} foot={words.foot}>
            {!domain && <AskDomain choose={choose} />}
            {domain && is_ready && <DomainView key={domain} domain={domain} own={own} setOwn={setOwn} another={() => choose(null)} />}
        </PageFrame>
    );
}

function AskDomain(props: { choose(domain: string): void }) {
    const { language } = useTongue();
    const words = page_words[language];
    const [typed, type] = useState('');
    const [is_bad, blame] = useState(false);
    const own = useRef<HTMLInputElement>(null);

    function submit(event: Event) {
        event.preventDefault();
        const domain = cleanDomain(typed);
        blame(!looksLikeDomain(domain));
        if (looksLikeDomain(domain)) props.choose(domain);
        else own.current?.focus();
    }

    return (
        <>
            <Heading>{words.title}</Heading>
            <p>{words.lead}</p>
            <form class="ask-domain" onSubmit={submit} noValidate data-part="ask-domain">
                <label for="domain">{words.domain}</label>
                <div>
                    <input ref={own} id="domain" value={typed} spellcheck={false} autocomplete="off" autocapitalize="off" inputMode="url" placeholder="example.org" aria-invalid={is_bad ? 'true' : undefined}
                        aria-describedby={is_bad ? 'domain-bad' : 'domain-hint'} onInput={(event) => type(event.currentTarget.value)} />
                    <button type="submit">{words.go}</button>
                </div>
                {is_bad ? <small id="domain-bad" role="alert">{tls_words[language].bad_domain}</small> : <small id="domain-hint">{words.domain_hint}</small>}
            </form>
            <WayPicture now="envelope" />
        </>
    );
}

interface ViewProps {
    domain: string;
    own: Domain | null;
    setOwn(own: Domain | null): void;
    another(): void;
}

function DomainView(props: ViewProps) {
    const { shared, language } = useTongue();
    const words = page_words[language];
    const { domain } = props;
    const own = props.own?.domain === domain ? props.own : null;
    const [known, setKnown] = useState<PublicDomain | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    // What anybody may know changes with what its owner does here.
    useEffect(() => {
        let is_stale = false;
        client.domain(domain).then((answer) => { if (!is_stale) setKnown(answer); }, (error: unknown) => { if (!is_stale) fail(asProblem(error)); });
        return () => { is_stale = true; };
    }, [domain, own]);

    if (problem && !known) return <><Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice><Another {...props} /></>;
    if (!known) return <Waiting text={words.asking} />;
    return (
        <>
            <Heading focus>{known.reason ? words.why(domain) : words.direct(domain)}</Heading>
            <p class="answer" data-part="reason" data-reason={known.reason ?? 'none'}>{known.reason ? (words.reasons[known.reason] ?? words.reasons.not_known) : words.not_an_envelope}</p>
            <WayPicture now={known.reason ? 'envelope' : 'tls'} />
            {!own && props.own && <Notice kind="info"><p>{words.other_own(props.own.domain)}</p></Notice>}
            <h2>{words.steps}</h2>
            <DomainSteps client={client} domain={domain} own={own} setOwn={props.setOwn} />
            <Another {...props} />
        </>
    );
}

function Another(props: ViewProps) {
    const { language } = useTongue();
    return <p><button type="button" class="plain small" data-action="another" onClick={props.another}>{page_words[language].another}</button></p>;
}

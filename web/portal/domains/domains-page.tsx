// "Domains and TLS": which domains get replies in clear form inside verified TLS, and what became
// of the replies.

import { useEffect, useState } from 'preact/hooks';
import { Heading, LoadFailed, Notice, Waiting } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { cleanDomain, looksLikeDomain } from '../../shared/tls/domain-name';
import type { Domain } from '../../shared/tls/facts';
import { tls_words } from '../../shared/tls/words';
import { useUnsaved } from '../../shared/unsaved';
import { useCall, waiting } from '../../shared/use-call';
import { admin, usePortal } from '../context';
import { ComposePart } from './compose-part';
import { DeliveriesPart, useDeliveries } from './deliveries-part';
import { DomainPart } from './domain-part';
import { useTurn } from '../../shared/use-pages';
import { domain_words } from './words';

export function DomainsPage() {
    const { words, shared, language } = usePortal();
    const own = domain_words[language];
    const deliveries = useDeliveries();
    const begin = useTurn();
    const [domains, setDomains] = useState<Domain[] | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    // What to mend is said by the service, in the language of the page.
    function load() {
        const is_last = begin();
        fail(null);
        admin.domains().then((all) => is_last() && setDomains(all), (error: unknown) => is_last() && fail(asProblem(error)));
    }
    useEffect(load, [language]);

    function replace(next: Domain) {
        setDomains((known) => known?.map((one) => (one.domain === next.domain ? next : one)) ?? null);
    }

    return (
        <>
            <Heading>{words.domains}</Heading>
            <p>{own.lead}</p>
            {problem && <LoadFailed problem={problem} retry={load} />}
            {!domains && !problem && <Waiting text={shared.loading} />}
            {domains?.length === 0 && <p class="quiet">{own.none}</p>}
            {domains?.map((domain) => (
                <DomainPart key={domain.domain} domain={domain} deliveries={deliveries.rows ?? []} change={replace}
                    removed={() => setDomains((known) => known?.filter((one) => one.domain !== domain.domain) ?? null)} />
            ))}
            {domains && <AddDomain added={(domain) => setDomains([...domains, domain])} />}
            {domains && <ComposePart turn={domains.filter((one) => one.proven).map((one) => one.domain).join()} />}
            {domains && <DeliveriesPart deliveries={deliveries} />}
        </>
    );
}

function AddDomain(props: { added(domain: Domain): void }) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const [name, setName] = useState('');
    const [bad, blame] = useState(false);
    useUnsaved(name !== '');
    const { busy, problem, call, forget } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        const clean = cleanDomain(name);
        blame(!looksLikeDomain(clean));
        if (!looksLikeDomain(clean)) return forget();
        await call(async () => {
            props.added(await admin.addDomain(clean));
            setName('');
        });
    }

    return (
        <article data-part="add-domain">
            <h2>{words.add_title}</h2>
            <form onSubmit={submit} noValidate>
                <label for="new-domain">{words.add_domain}</label>
                <input id="new-domain" value={name} spellcheck={false} autocomplete="off" placeholder="example.org" aria-invalid={bad ? 'true' : undefined}
                    aria-describedby={bad ? 'domain-bad' : undefined} onInput={(event) => setName(event.currentTarget.value)} />
                {bad && <small id="domain-bad" role="alert">{tls_words[language].bad_domain}</small>}
                {problem && <Notice kind="bad"><p>{problem.kind === 'exists' ? words.add_exists : describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="submit" {...waiting(busy)}>{words.add}</button></div>
            </form>
        </article>
    );
}

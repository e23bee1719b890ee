// "SPF advisor": what a domain's SPF record says now, what to publish, and a form that checks one address.

import { useEffect, useState } from 'preact/hooks';
import { Busy, Heading, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import type { SpfAdvice } from './api';
import { admin, usePortal } from './context';
import { looksLikeDomain } from '../shared/tls/domain-name';
import { waiting } from '../shared/use-call';
import { AdvicePart } from './spf-advice-part';
import { CheckPart } from './spf-check-part';
import { spf_words } from './spf-words';

export function SpfPage() {
    const { words, language } = usePortal();
    return (
        <>
            <Heading>{words.spf}</Heading>
            <p>{spf_words[language].lead}</p>
            <Advisor />
            <CheckPart />
        </>
    );
}

function Advisor() {
    const { shared, language } = usePortal();
    const words = spf_words[language];
    const [choices, setChoices] = useState<string[]>([]);
    const [domain, setDomain] = useState(() => new URLSearchParams(location.search).get('domain') ?? '');
    const [include, setInclude] = useState('');
    const [asked, setAsked] = useState<{ domain: string; include: string } | null>(null);
    const [advice, setAdvice] = useState<SpfAdvice | null>(null);
    const [bad, blame] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const busy = asked !== null && advice === null && problem === null;

    useEffect(() => {
        admin.spfChoices().then((known) => {
            setChoices(known.domains);
            setDomain((typed) => typed || (known.domains[0] ?? ''));
            setInclude((typed) => typed || known.include);
        }, (error: unknown) => fail(asProblem(error)));
    }, []);

    // The sentences about a record come from the server: another language is another question.
    useEffect(() => {
        if (!asked) return;
        let stale = false;
        setAdvice(null);
        fail(null);
        admin.adviseSpf(asked.domain, asked.include).then(
            (given) => { if (!stale) setAdvice(given); },
            (error: unknown) => { if (!stale) fail(asProblem(error)); },
        );
        return () => { stale = true; };
    }, [asked, language]);

    function submit(event: Event) {
        event.preventDefault();
        const clean = (text: string) => text.trim().toLowerCase().replace(/\.$/, '');
        const is_bad = !looksLikeDomain(clean(domain)) || !looksLikeDomain(clean(include));
        blame(is_bad);
        if (!is_bad && !busy) setAsked({ domain: clean(domain), include: clean(include) });
    }

    return (
        <>
            <article data-part="spf-ask">
                <form class="spf-form" onSubmit={submit} noValidate>
                    <div>
                        <label for="spf-domain">{words.domain}</label>
                        <input id="spf-domain" list="spf-domains" value={domain} spellcheck={false} autocomplete="off" placeholder="example.org"
                            aria-invalid={bad ? 'true' : undefined} aria-describedby={bad ? 'spf-bad' : undefined} onInput={(event) => setDomain(event.currentTarget.value)} />
                        <datalist id="spf-domains">{choices.map((one) => <option key={one} value={one} />)}</datalist>
                    </div>
                    <div>
                        <label for="spf-include">{words.include}</label>
                        <input id="spf-include" value={include} spellcheck={false} autocomplete="off" aria-describedby="spf-include-hint"
                            onInput={(event) => setInclude(event.currentTarget.value)} />
                    </div>
                    <p id="spf-include-hint" class="quiet small">{words.include_hint}</p>
                    {bad && <p id="spf-bad" class="small" role="alert">{words.bad_domain}</p>}
                    <div class="row"><button type="submit" {...waiting(busy)} data-action="advise">{words.ask}</button></div>
                </form>
            </article>
            <div aria-live="polite">
                {busy && <Busy text={words.asking} />}
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            </div>
            {advice && <AdvicePart key={`${advice.domain} ${advice.include}`} advice={advice} />}
        </>
    );
}

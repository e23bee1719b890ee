// The portal: an administrator's sign-in, and a shell into which pages are hung. A new page is
// one line in `pages`.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Administrator } from '../shared/api';
import { Notice, PageFrame, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { admin, usePortal } from './context';
import { DomainsPage } from './domains-page';
import { EnvelopesPage } from './envelopes-page';
import { SignIn } from './sign-in';
import { SpfPage } from './spf-page';
import type { PortalWords } from './words';

interface Page {
    path: string;
    name: (words: PortalWords) => string;
    show: () => JSX.Element;
}

const pages: readonly Page[] = [
    { path: '/portal/domains', name: (words) => words.domains, show: () => <DomainsPage /> },
    { path: '/portal/envelopes', name: (words) => words.envelopes, show: () => <EnvelopesPage /> },
    { path: '/portal/spf', name: (words) => words.spf, show: () => <SpfPage /> },
];

export function Portal() {
    const { words, shared } = usePortal();
    const [who, setWho] = useState<Administrator | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    useEffect(() => {
        admin.whoAmI().then(setWho, (error: unknown) => fail(asProblem(error)));
    }, []);

    async function signOut() {
        await admin.signOut().catch(() => {});
        setWho({ name: null });
    }

    const tools = who?.name && (
        <>
            <span class="who quiet">{words.signed_in_as(who.name, who.account ?? '')}</span>
            <button type="button" class="plain small" onClick={signOut} data-action="sign-out">{shared.sign_out}</button>
        </>
    );
    return (
        <PageFrame name={words.product} detail={words.product_detail} foot={words.foot} wide tools={tools}>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!who && !problem && <Waiting text={shared.loading} />}
            {who && !who.name && <SignIn done={setWho} />}
            {who?.name && <Pages />}
        </PageFrame>
    );
}

function Pages() {
    const { words } = usePortal();
    const [path, setPath] = useState(location.pathname);
    const page = pages.find((one) => path.startsWith(one.path)) ?? pages[0];

    useEffect(() => {
        const follow = () => setPath(location.pathname);
        addEventListener('popstate', follow);
        return () => removeEventListener('popstate', follow);
    }, []);
    useEffect(() => {
        document.title = page ? `${page.name(words)} · ${words.product}` : words.title;
    }, [page, words]);

    function go(event: MouseEvent, target: string) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, '', target);
        setPath(target);
    }

    return (
        <>
            <nav class="tabs portal-nav" aria-label={words.nav}>
                <ul>
                    {pages.map((one) => (
                        <li key={one.path}>
                            <a href={one.path} aria-current={one === page ? 'page' : undefined} onClick={(event) => go(event, one.path)}>{one.name(words)}</a>
                        </li>
                    ))}
                </ul>
            </nav>
            {page?.show()}
        </>
    );
}

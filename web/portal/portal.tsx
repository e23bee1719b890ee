// The portal: an administrator's sign-in, and a shell into which pages are hung. Which pages there are
// depends on the areas of the session. A new page of an account is one line in `account_pages`, one of the
// mail policies a line in policy/pages.tsx.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Administrator, Area } from '../shared/api';
import { Heading, Notice, PageFrame, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { admin, usePortal } from './context';
import { DomainsPage } from './domains/domains-page';
import { EnvelopesPage } from './envelopes-page';
import { PolicyShell } from './policy/context';
import { policy_pages } from './policy/pages';
import { PendingBar } from './policy/pending-bar';
import { policy_words } from './policy/words';
import { Link, Router, splitPath, useRoute } from './route';
import { SignIn } from './sign-in';
import { SpfPage } from './spf-page';
import type { PortalWords } from './words';

interface AccountPage {
    path: string;
    name: (words: PortalWords) => string;
    show: () => JSX.Element;
}

const account_pages: readonly AccountPage[] = [
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
            {who?.name && <Router><Pages areas={who.areas ?? ['account']} /></Router>}
        </PageFrame>
    );
}

interface ShownPage {
    path: string;
    name: string;
    show(parts: string[]): JSX.Element;
    is_hidden: boolean;
}

interface Group {
    name: string;
    pages: ShownPage[];
}

function usePages(areas: readonly Area[]): Group[] {
    const { words, language } = usePortal();
    const policy = policy_words[language];
    const groups: Group[] = [];
    if (areas.includes('mail_policies')) {
        for (const group of ['mail_policies', 'network', 'system'] as const) {
            const pages = policy_pages.filter((page) => page.group === group)
                .map((page) => ({ path: page.path, name: page.name(policy), show: (parts: string[]) => page.show(parts), is_hidden: page.is_hidden ?? false }));
            if (pages.length > 0) groups.push({ name: policy.groups[group], pages });
        }
    }
    if (areas.includes('account')) {
        groups.unshift({ name: policy.groups.account, pages: account_pages.map((page) => ({ path: page.path, name: page.name(words), show: page.show, is_hidden: false })) });
    }
    return groups;
}

function Pages(props: { areas: readonly Area[] }) {
    const { words } = usePortal();
    const { path } = useRoute();
    const groups = usePages(props.areas);
    const pages = groups.flatMap((group) => group.pages);
    const page = pages.find((one) => splitPath(path, one.path)) ?? pages[0];

    useEffect(() => {
        document.title = page ? `${page.name} · ${words.product}` : words.title;
    }, [page?.name, words]);

    if (!page) return <NothingHere />;
    const shown = page.show(splitPath(path, page.path) ?? []);
    if (!props.areas.includes('mail_policies')) return <><Tabs pages={pages} page={page} />{shown}</>;
    return (
        <PolicyShell>
            <div class="portal-columns">
                <Menu groups={groups} page={page} />
                <div class="portal-page">
                    <PendingBar />
                    {shown}
                </div>
            </div>
        </PolicyShell>
    );
}

/** An administrator may have areas on other nodes only. */
function NothingHere() {
    const { words } = usePortal();
    return (
        <section data-part="nothing-here">
            <Heading focus>{words.nothing_here}</Heading>
            <p>{words.nothing_here_why}</p>
        </section>
    );
}

function Tabs(props: { pages: readonly ShownPage[]; page: ShownPage | undefined }) {
    const { words } = usePortal();
    return (
        <nav class="tabs portal-nav" aria-label={words.nav}>
            <ul>{props.pages.map((one) => <li key={one.path}><Link to={one.path} current={one === props.page}>{one.name}</Link></li>)}</ul>
        </nav>
    );
}

/** A column of groups; on a narrow screen it is folded behind the name of the present page. */
function Menu(props: { groups: readonly Group[]; page: ShownPage | undefined }) {
    const { words, language } = usePortal();
    const { path } = useRoute();
    const [is_open, open] = useState(false);
    useEffect(() => open(false), [path]);
    return (
        <nav class={`portal-nav menu ${is_open ? 'open' : ''}`} aria-label={words.nav}>
            <button type="button" class="menu-door" aria-expanded={is_open} data-action="menu" onClick={() => open(!is_open)}>
                {policy_words[language].menu} · {props.page?.name}
            </button>
            <div class="menu-groups">
                {props.groups.map((group) => (
                    <div key={group.name}>
                        <p>{group.name}</p>
                        <ul>
                            {group.pages.filter((one) => !one.is_hidden).map((one) => (
                                <li key={one.path}><Link to={one.path} current={one.path === props.page?.path}>{one.name}</Link></li>
                            ))}
                        </ul>
                    </div>
                ))}
            </div>
        </nav>
    );
}

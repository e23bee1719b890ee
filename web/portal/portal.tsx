// The portal: an administrator's sign-in, and a shell into which pages are hung. Which pages there are
// depends on the areas of the session. A new page of an account is one line in `account_pages`, one of the
// node in `node_pages`, one of the mail policies a line in policy/pages.tsx.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Language } from '../shared/language';
import { Behind } from '../shared/behind';
import { renewWith } from '../shared/http';
import { Heading, LoadFailed, Notice, PageFrame, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { mayLeave } from '../shared/unsaved';
import { AdministratorsPage } from './administrators/administrators-page';
import { administrator_words } from './administrators/words';
import type { Administrator, Area } from './api';
import { CertificatesPage } from './certificates/certificates-page';
import { certificate_words } from './certificates/words';
import { admin, OwnSession, usePortal } from './context';
import { DoctorPage } from './doctor/doctor-page';
import { doctor_words } from './doctor/words';
import { DomainsPage } from './domains/domains-page';
import { EnvelopesPage } from './envelopes/envelopes-page';
import { own_path, OwnPage } from './own/own-page';
import { own_words } from './own/words';
import { PolicyShell } from './policy/context';
import { policy_pages, type PageGroup } from './policy/pages';
import { PendingBar } from './policy/pending-bar';
import { policy_words } from './policy/words';
import { makeRenewal } from './renewal';
import { Link, Router, splitPath, useRoute } from './route';
import { SignIn } from './sign-in';
import { SpfPage } from './spf-page';
import { portal_words } from './words';

interface PlainPage {
    path: string;
    name: (language: Language) => string;
    show: (parts: string[]) => JSX.Element;
}

const doctor_page: PlainPage = { path: '/portal/doctor', name: (language) => doctor_words[language].title, show: () => <DoctorPage /> };

const administrators_page: PlainPage = {
    path: '/portal/system/administrators', name: (language) => administrator_words[language].title, show: () => <AdministratorsPage />,
};

const own_page: PlainPage = { path: own_path, name: (language) => own_words[language].title, show: () => <OwnPage /> };

const account_pages: readonly PlainPage[] = [
    { path: '/portal/domains', name: (language) => portal_words[language].domains, show: () => <DomainsPage /> },
    { path: '/portal/envelopes', name: (language) => portal_words[language].envelopes, show: () => <EnvelopesPage /> },
    { path: '/portal/spf', name: (language) => portal_words[language].spf, show: () => <SpfPage /> },
    doctor_page,
];

const node_pages: readonly PlainPage[] = [
    { path: '/portal/network/certificates', name: (language) => certificate_words[language].title, show: (parts) => <CertificatesPage parts={parts} /> },
];

export function Portal() {
    const { words, shared } = usePortal();
    const [who, setWho] = useState<Administrator | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    function load() {
        fail(null);
        admin.whoAmI().then(setWho, (error: unknown) => fail(asProblem(error)));
    }
    useEffect(load, []);

    const again = useSignInAgain(who, setWho);

    async function signOut() {
        if (!mayLeave(shared.discard)) return;
        fail(null);
        try {
            await admin.signOut();
            setWho({ name: null });
        } catch (error) {
            fail(asProblem(error));
        }
    }

    // Whose session has ended has none to sign out of.
    const tools = who?.name && !again && (
        <>
            <span class="who quiet">{words.signed_in_as(who.name, who.account ?? '')}</span>
            <button type="button" class="plain small" onClick={signOut} data-action="sign-out">{shared.sign_out}</button>
        </>
    );
    // What an administrator does depends on the areas; before it is known who it is, only what is true of all is said.
    const foot = !who?.name ? words.foot : (who.areas ?? ['account']).includes('account') ? words.foot_of_account : words.foot_of_node;
    return (
        <PageFrame name={words.product} detail={words.product_detail} foot={foot} wide tools={tools}>
            {problem && who && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {problem && !who && (
                <>
                    <Heading>{words.title}</Heading>
                    <LoadFailed problem={problem} retry={load} />
                </>
            )}
            {!who && !problem && <Waiting text={shared.loading} />}
            {who && !who.name && <SignIn done={setWho} />}
            {again && who?.name && <SignIn again={who.name} done={again} />}
            {who?.name && <Behind is_hidden={again !== null}><OwnSession.Provider value={{ who, change: setWho }}><Router key={who.name}><Pages who={who} /></Router></OwnSession.Provider></Behind>}
        </PageFrame>
    );
}

type SignedIn = (who: Administrator) => void;

/** While a session has ended and calls wait for another one: what takes who has signed in. */
function useSignInAgain(who: Administrator | null, setWho: SignedIn): SignedIn | null {
    const [door, open] = useState<{ enter: SignedIn } | null>(null);
    const name = useRef<string | null>(null);
    name.current = who?.name ?? null;
    useEffect(() => {
        renewWith(makeRenewal(admin, {
            name: () => name.current,
            signInAgain: () => new Promise<Administrator>((resolve) => open({ enter: resolve })).finally(() => open(null)),
            changeTo: setWho,
        }));
        return () => renewWith(null);
    }, []);
    return door?.enter ?? null;
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

function usePages(who: Administrator): Group[] {
    const { language } = usePortal();
    const areas: readonly Area[] = who.areas ?? ['account'];
    const policy = policy_words[language];
    const plain = (pages: readonly PlainPage[]) => pages.map((page) => ({ path: page.path, name: page.name(language), show: page.show, is_hidden: false }));
    const policiesOf = (group: PageGroup) => policy_pages.filter((page) => areas.includes('mail_policies') && page.group === group)
        .map((page) => ({ path: page.path, name: page.name(policy), show: (parts: string[]) => page.show(parts), is_hidden: page.is_hidden ?? false }));
    // Whoever must set up a second factor first, or has areas on other nodes only.
    if (areas.length === 0) return [{ name: policy.groups.system, pages: plain([own_page]) }];
    // Whoever administers both an account and the node finds the doctor once, and the administrators.
    const of_node = areas.includes('node') || areas.includes('mail_policies');
    const node = areas.includes('node') ? [...node_pages, ...(areas.includes('account') ? [] : [doctor_page])] : [];
    return [
        { name: policy.groups.account, pages: areas.includes('account') ? plain([...account_pages, ...(of_node ? [] : [administrators_page, own_page])]) : [] },
        { name: policy.groups.mail_policies, pages: policiesOf('mail_policies') },
        { name: policy.groups.network, pages: [...plain(node), ...policiesOf('network')] },
        { name: policy.groups.system, pages: [...policiesOf('system'), ...(of_node ? plain([administrators_page, own_page]) : [])] },
    ].filter((group) => group.pages.length > 0);
}

function Pages(props: { who: Administrator }) {
    const { words } = usePortal();
    const { path } = useRoute();
    const { who } = props;
    const groups = usePages(who);
    const pages = groups.flatMap((group) => group.pages);
    const page = who.must_add_factor ? pages[0] : pages.find((one) => splitPath(path, one.path)) ?? (/^\/portal\/./.test(path) ? undefined : pages[0]);
    const has_nothing = who.areas?.length === 0 && !who.must_add_factor && page?.path !== path;

    useEffect(() => {
        document.title = page && !has_nothing ? `${page.name} · ${words.product}` : words.title;
    }, [page?.name, has_nothing, words]);

    const first = pages[0];
    if (!first) return null;
    if (who.must_add_factor) return first.show([]);
    if (has_nothing) return <NothingHere own={first} />;
    const shown = page ? page.show(splitPath(path, page.path) ?? []) : <NoSuchPage first={first} />;
    if (groups.length === 1) return <><Tabs pages={pages} page={page} />{shown}</>;
    const has_policies = who.areas?.includes('mail_policies') === true;
    const columns = (
        <div class="portal-columns">
            <Menu groups={groups} page={page} />
            <div class="portal-page">
                {has_policies && <PendingBar />}
                {shown}
            </div>
        </div>
    );
    return has_policies ? <PolicyShell>{columns}</PolicyShell> : columns;
}

/** An administrator may have areas on other nodes only. */
function NothingHere(props: { own: ShownPage }) {
    const { words } = usePortal();
    return (
        <section data-part="nothing-here">
            <Heading focus>{words.nothing_here}</Heading>
            <p>{words.nothing_here_why}</p>
            <p><Link to={props.own.path}>{props.own.name}</Link></p>
        </section>
    );
}

/** An address that is wrong, or a page of somebody with other areas: not another page under its address. */
function NoSuchPage(props: { first: ShownPage }) {
    const { words } = usePortal();
    return (
        <section data-part="no-page">
            <Heading focus>{words.no_page}</Heading>
            <p>{words.no_page_why}</p>
            <p><Link to={props.first.path}>{props.first.name}</Link></p>
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
                {[policy_words[language].menu, ...(props.page ? [props.page.name] : [])].join(' · ')}
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

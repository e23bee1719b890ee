// The demo's page: the story told step by step, and the mailboxes in which it happens.

import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Notice, PageFrame, Waiting } from '../shared/parts';
import { usePlace } from '../shared/place';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { mayLeave } from '../shared/unsaved';
import { demo, type DemoState } from './api';
import { listPath, useInbox, useWorld, viewOf, WorldContext } from './context';
import { MailboxView } from './mailbox-view';
import { MessageView } from './message-view';
import { StoryView } from './story-view';
import { WriteView } from './write-view';

const poll_every_ms = 2000;

export function Inbox() {
    const { words, shared } = useInbox();
    const { place: path, go } = usePlace(() => location.pathname);
    const [state, learn] = useState<DemoState | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    usePolling(learn, fail);

    useEffect(() => {
        document.title = words.title;
    }, [words]);

    const world = useMemo(() => state && { state, learn, go }, [state]);

    return (
        <PageFrame name={words.product} detail={words.product_detail} foot={words.foot} wide>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!world && !problem && <Waiting text={shared.loading} />}
            {world && <WorldContext.Provider value={world}><Views path={path} /></WorldContext.Provider>}
        </PageFrame>
    );
}

function usePolling(learn: (state: DemoState) => void, fail: (problem: Problem | null) => void) {
    useEffect(() => {
        let timer = 0;
        let known = '';
        let over = false;
        async function look() {
            try {
                const state = await demo.state();
                const text = JSON.stringify(state);
                if (!over && text !== known) learn(state);
                known = text;
                if (!over) fail(null);
            } catch (error) {
                if (!over) fail(asProblem(error));
            }
            if (!over) timer = window.setTimeout(look, poll_every_ms);
        }
        void look();
        return () => {
            over = true;
            clearTimeout(timer);
        };
    }, []);
}

function Views(props: { path: string }) {
    const { words } = useInbox();
    const { state } = useWorld();
    const view = useMemo(() => viewOf(props.path), [props.path]);
    const address = view.at === 'list' || view.at === 'message' ? view.address : null;
    return (
        <>
            <nav class="tabs" aria-label={words.nav}>
                <ul>
                    <li><Link to="/" current={view.at === 'story'}>{words.story}</Link></li>
                    <li><Link to="/write" current={view.at === 'write'}>{words.write}</Link></li>
                    {state.mailboxes.map((one) => (
                        <li key={one.address}>
                            <Link to={listPath(one.address)} current={address === one.address}>
                                {words.mailbox_of(one.name)} <span class="badge" aria-label={words.messages(one.messages)}>{one.messages}</span>
                            </Link>
                        </li>
                    ))}
                </ul>
            </nav>
            {view.at === 'story' && <StoryView />}
            {view.at === 'write' && <WriteView />}
            {view.at === 'list' && <MailboxView key={view.address} address={view.address} />}
            {view.at === 'message' && <MessageView key={`${view.address} ${view.n}`} address={view.address} n={view.n} />}
        </>
    );
}

/** A link within the page: a real address, followed without loading anew. */
export function Link(props: { to: string; current?: boolean; class?: string; children: ComponentChildren }) {
    const { go } = useWorld();
    const { shared } = useInbox();
    function follow(event: MouseEvent) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (mayLeave(shared.discard)) go(props.to);
    }
    return <a href={props.to} class={props.class} aria-current={props.current ? 'page' : undefined} onClick={follow}>{props.children}</a>;
}

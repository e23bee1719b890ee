// What pages have in common that are somebody's own: who is signed in and what the service knows for them, and that it is hidden once
// the session has ended.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Behind } from '../shared/behind';
import { asProblem, type Problem } from '../shared/problem';
import type { Person, Session } from './api';
import { service, session_clock, useReader } from './context';
import { useOwnLanguage } from './own-language';
import type { OwnWords } from './prove-address';
import { useSessionEnd } from './session-end';
import { ProveAgain } from './step-up';

export interface OwnPlace<T> {
    /** Null until the service has said who is signed in. */
    session: Session | null;
    /** What was asked for the person; null while nobody is signed in. */
    facts: T | null;
    problem: Problem | null;
    /** Somebody has proven who they are, and the browser does not keep it. */
    has_no_cookie: boolean;
    /** Nothing stood in the place of what is shown before: the focus stays at the beginning of the page. */
    is_first: boolean;
    load(known?: Session): Promise<void>;
    learn(session: Session): void;
    keep(facts: T): void;
    leave(): void;
}

/** `ask`: for who is signed in, by a call that needs the session; `is_proven`: by a proof just now, so that no call has had the session yet. */
export function useOwnPlace<T>(ask: (is_proven: boolean) => Promise<T>): OwnPlace<T> {
    const { suggest } = useReader();
    const [session, learn] = useState<Session | null>(null);
    const [facts, keep] = useState<T | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const [has_no_cookie, blameCookies] = useState(false);
    const [is_first, note] = useState(true);

    async function load(known?: Session) {
        fail(null);
        try {
            const now = known ?? (await service.session());
            const found = now.person ? await ask(known !== undefined) : null;
            keep(() => found);
            if (known) note(false);
            learn(now);
            if (now.person) suggest(now.person.language);
        } catch (error) {
            const found = asProblem(error);
            if (known?.person && found.kind === 'not-signed-in') blameCookies(true);
            else fail(found);
        }
    }
    useEffect(() => void load(), []);
    useOwnLanguage(session, learn);

    function leave() {
        note(false);
        learn({ person: null });
    }
    return { session, facts, problem, has_no_cookie, is_first, load, learn, keep: (next) => keep(() => next), leave };
}

interface Props {
    person: Person;
    /** As for `ProveAddress`. */
    envelope: string | null;
    proof: OwnWords;
    /** Why they are asked again. */
    why: string;
    /** What stands above the question. */
    head: ComponentChildren;
    learn(session: Session): void;
    children: ComponentChildren;
}

/** Hidden, with what was typed, once the session has ended. */
export function WhileSignedIn(props: Props) {
    const { words } = useReader();
    const { is_over, resume } = useSessionEnd(session_clock);
    const { addresses } = props.person;

    function goOn(session: Session) {
        // Whoever is somebody else begins anew.
        if (!session.person?.addresses.some((address) => addresses.includes(address))) return location.reload();
        props.learn(session);
        resume();
    }
    return (
        <>
            {is_over && props.head}
            {is_over && <ProveAgain envelope={props.envelope} assurance="mailbox" own={props.proof} again={{ address: addresses[0] ?? '', why: props.why, next: words.prove_and_go_on }} done={goOn} />}
            <Behind is_hidden={is_over}>{props.children}</Behind>
        </>
    );
}

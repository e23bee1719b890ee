// What every page of the mail policies needs: the client, the state of the document (edition, pending changes,
// listeners), rows that load anew when it changes, and submitting with the edition that the page saw.

import { createContext, type ComponentChildren } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import { Notice } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { admin, usePortal } from '../context';
import { useTurn } from '../../shared/use-pages';
import { PolicyClient, type Edit, type Edited, type PolicyProblem, type PolicyState, type Section, type SectionName } from './api';
import { sayHint, sayWhat } from './finding-words';
import { policy_words } from './words';

export const policy = new PolicyClient(() => admin.token());

export function usePolicyWords() {
    const portal = usePortal();
    return { ...portal, words: policy_words[portal.language] };
}

interface Shell {
    /** Null until it was loaded for the first time. */
    state: PolicyState | null;
    problem: Problem | null;
    refresh(): Promise<void>;
}

const Context = createContext<Shell>({ state: null, problem: null, refresh: async () => {} });

/** Holds the state of the document; asks anew when the window is looked at again. */
export function PolicyShell(props: { children: ComponentChildren }) {
    const begin = useTurn();
    const [state, setState] = useState<PolicyState | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    const refresh = useCallback(async () => {
        const is_last = begin();
        try {
            const now = await policy.state();
            if (!is_last()) return;
            setState(now);
            fail(null);
        } catch (error) {
            if (is_last()) fail(asProblem(error));
        }
    }, []);

    useEffect(() => {
        void refresh();
        const look = () => document.visibilityState === 'visible' && void refresh();
        document.addEventListener('visibilitychange', look);
        return () => document.removeEventListener('visibilitychange', look);
    }, []);

    const shell = useMemo(() => ({ state, problem, refresh }), [state, problem]);
    return <Context.Provider value={shell}>{props.children}</Context.Provider>;
}

export function usePolicy(): Shell {
    return useContext(Context);
}

export interface Loaded<T> {
    /** Stays while the next is on its way, so that nothing jumps. */
    data: T | null;
    problem: Problem | null;
}

/** Asks when `keys` or the edition of the document change. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
    const { state } = usePolicy();
    const [loaded, setLoaded] = useState<Loaded<T>>({ data: null, problem: null });
    const begin = useTurn();
    useEffect(() => {
        if (!state) return;
        const is_last = begin();
        load().then(
            (data) => is_last() && setLoaded({ data, problem: null }),
            (error: unknown) => is_last() && setLoaded(({ data }) => ({ data, problem: asProblem(error) })),
        );
    }, [state?.edition, ...keys]);
    return loaded;
}

export function useSection(section: SectionName, listener?: string): Loaded<Section> {
    return useLoaded(() => policy.section(section, listener === undefined ? {} : { listener }), [section, listener]);
}

/** What others did while a page was open. */
export interface Outdated {
    difference: string;
    who: string;
    time: string;
    /** Null when it is staged, not committed. */
    version: number | null;
    edition: string;
}

/** Changes that take a look at the gateway's rows first; when that fails it is told like a refused change. */
export type MakeChanges = () => Promise<readonly Edit[]>;

export interface Editor {
    busy: boolean;
    problem: Problem | null;
    outdated: Outdated | null;
    /** True after the new state was taken over, until the next submit. */
    reloaded: boolean;
    /** From then on the rows of others are merged into what is typed. */
    follows: boolean;
    done: Edited | null;
    /** Null when it was refused; why stands in `problem` or `outdated`. */
    submit(changes: readonly Edit[] | MakeChanges): Promise<Edited | null>;
    /** The same for any call that takes an edition. */
    run<T>(call: (edition: string) => Promise<T>): Promise<T | null>;
    takeOver(): Promise<void>;
    /** What was told, and what was taken over: as before the first submit. */
    forget(): void;
}

/**
 * `edition`: what the rows that the page shows, or that its form began with, were loaded with. `shown`: what they are
 * loaded with now. A form that took over what others did goes on with that: what has not come yet is outdated once more.
 */
export function useEdit(edition: string | undefined, shown?: string): Editor {
    const { refresh } = usePolicy();
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const [outdated, tell] = useState<Outdated | null>(null);
    const [reloaded, mark] = useState(false);
    const [done, finish] = useState<Edited | null>(null);
    const [adopted, adopt] = useState<{ base: string | undefined; edition: string } | null>(null);
    const [follows, follow] = useState(false);
    const own = adopted && adopted.base === edition ? adopted.edition : edition;
    const seen = follows && shown !== undefined ? shown : own;

    function clear() {
        fail(null);
        tell(null);
        mark(false);
        finish(null);
    }

    function forget() {
        clear();
        adopt(null);
        follow(false);
    }

    async function run<T>(call: (edition: string) => Promise<T>): Promise<T | null> {
        if (busy || seen === undefined) return null;
        wait(true);
        clear();
        try {
            const answer = await call(seen);
            await refresh();
            return answer;
        } catch (error) {
            const caught = asProblem(error);
            if (caught.kind === 'outdated') tell(await describeOutdated(caught));
            else fail(caught);
            return null;
        } finally {
            wait(false);
        }
    }

    async function submit(changes: readonly Edit[] | MakeChanges) {
        const answer = await run(async (at) => policy.edit(at, typeof changes === 'function' ? await changes() : changes));
        if (answer) {
            adopt({ base: edition, edition: answer.edition });
            finish(answer);
        }
        return answer;
    }

    async function takeOver() {
        if (!outdated) return;
        adopt({ base: edition, edition: outdated.edition });
        follow(true);
        tell(null);
        mark(true);
        await refresh();
    }

    return { busy, problem, outdated, reloaded, follows, done, submit, run, takeOver, forget };
}

async function describeOutdated(problem: Problem): Promise<Outdated> {
    const base = { difference: problem.text('difference'), edition: problem.text('edition') };
    const [state, history] = await Promise.all([policy.state().catch(() => null), policy.history(undefined, 1).catch(() => null)]);
    if (state?.pending) return { ...base, who: state.pending.author, time: state.pending.time, version: null };
    const last = history?.commits[0];
    return { ...base, who: last?.author ?? '', time: last?.time ?? '', version: last?.version ?? 0 };
}

/** The problems of a refused change. */
export function readProblems(problem: Problem | null): PolicyProblem[] {
    const list = problem?.facts['problems'];
    return Array.isArray(list) ? (list as PolicyProblem[]) : [];
}

/** What became of a submit: refused with reasons, outdated with what others did, staged with warnings. `quiet`: fields that mark their own problem. */
export function EditNotices(props: { editor: Editor; clash?: string[] }) {
    const { words, shared, language } = usePolicyWords();
    const { problem, outdated, reloaded, done } = props.editor;
    const problems = readProblems(problem);
    const when = (iso: string) => formatTime(iso, language);
    return (
        <div aria-live="polite" data-part="edit-notices">
            {problem && (
                <Notice kind="bad">
                    <p>{problem.kind === 'refused' ? words.refused : problem.kind === 'not-found' ? words.gone : describeProblem(problem, shared)}</p>
                    {problems.length > 0 && <ProblemList problems={problems} />}
                </Notice>
            )}
            {outdated && (
                <div data-part="outdated">
                    <Notice kind="warn" title={words.outdated}>
                        <p>{outdated.version === null ? words.outdated_staged(outdated.who, when(outdated.time)) : words.outdated_committed(outdated.who, when(outdated.time), outdated.version)} {words.outdated_keep}</p>
                        {outdated.difference && (
                            <details>
                                <summary>{words.outdated_show}</summary>
                                <DifferenceText text={outdated.difference} />
                            </details>
                        )}
                        <div class="row"><button type="button" class="compact" data-action="take-over" onClick={() => void props.editor.takeOver()}>{words.outdated_reload}</button></div>
                    </Notice>
                </div>
            )}
            {reloaded && (
                <Notice kind="info">
                    <p>{words.reloaded} {props.clash && props.clash.length > 0 && words.reloaded_clash(props.clash.join(', '))}</p>
                </Notice>
            )}
            {done && <Notice kind="good"><p>{done.result === 'unchanged' ? words.nothing_changed : words.staged}</p></Notice>}
            {done && done.warnings.length > 0 && <Notice kind="warn" title={words.warnings}><ProblemList problems={done.warnings} /></Notice>}
        </div>
    );
}

export function ProblemList(props: { problems: readonly PolicyProblem[] }) {
    return (
        <ul class="policy-problems">
            {props.problems.map((one, index) => (
                <li key={index}>
                    {one.row && <><strong>{one.row}</strong>{' '}</>}
                    <Finding problem={one} />
                </li>
            ))}
        </ul>
    );
}

function Finding(props: { problem: PolicyProblem }) {
    const { language } = usePolicyWords();
    const what = sayWhat(props.problem, language);
    const hint = sayHint(props.problem, language);
    return (
        <span lang={what.language}>{what.text}{hint.text && <span class="quiet" lang={hint.language}> — {hint.text}</span>}</span>
    );
}

/** Unified text, its lines told apart by mark and colour. */
export function DifferenceText(props: { text: string }) {
    const kind = (line: string) => (/^(---|\+\+\+)/.test(line) ? 'head' : line.startsWith('@@') ? 'place' : line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : '');
    return (
        <pre class="difference" tabIndex={0}>
            {props.text.trimEnd().split('\n').map((line, index) => <span key={index} class={kind(line)}>{line}{'\n'}</span>)}
        </pre>
    );
}

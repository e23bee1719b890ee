// Small parts that the pages of the mail policies share.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Notice, Waiting } from '../../shared/parts';
import type { Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { waiting } from '../../shared/use-call';
import type { Listener, RowState } from './api';
import { usePolicyWords } from './context';

/** Added or changed since the last commit; nothing for what is live. */
export function StateBadge(props: { state: RowState }) {
    const { words } = usePolicyWords();
    if (props.state === 'same') return null;
    return <span class={`badge ${props.state === 'added' ? 'good' : 'warn'}`} data-state={props.state}>{words.states[props.state]}</span>;
}

export function ListenerChoice(props: { id: string; listeners: readonly Listener[]; chosen: string; choose(name: string): void; label?: string }) {
    const { words } = usePolicyWords();
    return (
        <div class="listener-choice">
            <label for={props.id}>{props.label ?? words.listener}</label>
            <select id={props.id} value={props.chosen} onChange={(event) => props.choose(event.currentTarget.value)}>
                {props.listeners.map((one) => <option key={one.name} value={one.name}>{one.name === words.listener_kinds[one.kind] ? one.name : `${one.name} (${words.listener_kinds[one.kind]})`}</option>)}
            </select>
        </div>
    );
}

/** What is shown until the rows are there, and when they cannot be had. */
export function LoadNotices(props: { data: unknown; problem: Problem | null }) {
    const { words, shared } = usePolicyWords();
    return (
        <>
            {props.problem && <Notice kind="bad"><p>{props.problem.kind === 'not-found' ? words.gone : describeProblem(props.problem, shared)}</p></Notice>}
            {!props.data && !props.problem && <Waiting text={shared.loading} />}
        </>
    );
}

/** The row that a form is about: when others delete it the form keeps it as it was, so that nothing typed is lost. */
export function useKept<T>(row: T | null): { row: T | null; is_gone: boolean } {
    const last = useRef<T | null>(null);
    if (row) last.current = row;
    return { row: last.current, is_gone: row === null && last.current !== null };
}

/** Stands above a form whose row is gone; `next` says what a submit would do. */
export function GoneNotice(props: { next?: string }) {
    const { words } = usePolicyWords();
    return <div data-part="gone"><Notice kind="warn"><p>{words.gone} {words.gone_kept} {props.next}</p></Notice></div>;
}

/** A button that asks once more before it does anything. */
export function SureButton(props: { label: string; question: string; yes: string; action: string; busy?: boolean; plain?: boolean; run(): void; children?: ComponentChildren }) {
    const { shared } = usePolicyWords();
    const [is_asking, ask] = useState(false);
    const yes = useRef<HTMLButtonElement>(null);
    const door = useRef<HTMLButtonElement>(null);
    const was_asking = useRef(false);
    // Once: a page that is drawn anew while it asks must not fetch the focus back from where somebody types.
    useLayoutEffect(() => {
        if (is_asking) yes.current?.focus();
        else if (was_asking.current) door.current?.focus();
        was_asking.current = is_asking;
    }, [is_asking]);
    if (!is_asking) {
        return <button ref={door} type="button" class={props.plain ? 'plain small danger' : 'compact outline secondary'} {...waiting(props.busy)} data-action={props.action} onClick={() => ask(true)}>{props.label}</button>;
    }
    return (
        <span class="row sure" role="group" aria-label={props.question}>
            <span>{props.question}</span>
            <button type="button" class="compact" {...waiting(props.busy)} data-action={`${props.action}-sure`} ref={yes} onClick={() => { ask(false); props.run(); }}>{props.yes}</button>
            <button type="button" class="compact outline secondary" onClick={() => ask(false)}>{shared.cancel}</button>
        </span>
    );
}

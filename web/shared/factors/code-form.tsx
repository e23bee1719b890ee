// Where the code of an authenticator app, or a recovery code, is asked for.

import { useState } from 'preact/hooks';
import { Notice } from '../parts';
import type { Problem } from '../problem';
import { describeProblem, useTongue } from '../tongue';
import { useCall, waiting } from '../use-call';
import { factor_words } from './words';

export const digitsOfApp = (text: string) => text.replace(/\D/g, '').slice(0, 6);

/** What a code is called where it is sent, and in the form. */
export type CodeKind = 'totp' | 'recovery_code';
export type GivenCode = { totp: string } | { recovery_code: string };

/** `describe`: of a problem that the page has a better sentence for; null: it has none. */
export function CodeForm(props: { kind: CodeKind; send(code: GivenCode): Promise<void>; describe?(problem: Problem): string | null }) {
    const { shared, language } = useTongue();
    const words = factor_words[language];
    const { busy, problem, call } = useCall();
    const [code, setCode] = useState('');
    const [short, blame] = useState(false);
    const is_app = props.kind === 'totp';
    const bad = short || problem?.kind === 'wrong-code';

    async function submit(event: Event) {
        event.preventDefault();
        const is_short = is_app ? code.length !== 6 : code.trim() === '';
        blame(is_short);
        if (is_short) return;
        await call(() => props.send(is_app ? { totp: code } : { recovery_code: code.trim() }));
    }

    function describe(found: Problem): string {
        if (found.kind === 'wrong-code') return is_app ? words.app_code_wrong : words.recovery_wrong;
        return props.describe?.(found) ?? describeProblem(found, shared);
    }
    return (
        <form onSubmit={submit} noValidate>
            <label for={props.kind}>{is_app ? words.app_code : words.recovery_code}</label>
            {is_app
                ? <AppCodeInput id={props.kind} value={code} change={setCode} bad={bad} note={short} />
                : <input id={props.kind} name={props.kind} type="text" autocomplete="off" autocapitalize="none" spellcheck={false} required value={code}
                    aria-invalid={bad || undefined} aria-describedby={short ? `${props.kind}-bad` : undefined} onInput={(event) => setCode(event.currentTarget.value)} />}
            {!is_app && short && <small id={`${props.kind}-bad`} role="alert">{words.recovery_missing}</small>}
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
            <div class="row"><button type="submit" {...waiting(busy)}>{busy ? words.waiting : words.app_code_next}</button></div>
        </form>
    );
}

export function AppCodeInput(props: { id: string; value: string; bad: boolean; note: boolean; change(code: string): void }) {
    const words = factor_words[useTongue().language];
    return (
        <>
            <input id={props.id} name={props.id} class="code" type="text" inputmode="numeric" autocomplete="one-time-code" required value={props.value}
                aria-invalid={props.bad ? 'true' : undefined} aria-describedby={props.note ? `${props.id}-bad` : undefined}
                onInput={(event) => {
                    const clean = digitsOfApp(event.currentTarget.value);
                    event.currentTarget.value = clean;
                    props.change(clean);
                }} />
            {props.note && <small id={`${props.id}-bad`} role="alert">{words.app_code_bad}</small>}
        </>
    );
}

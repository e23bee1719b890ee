// The password was given; the second factor is asked for here: a passkey first, the code of the app, or a recovery code.

import { useState } from 'preact/hooks';
import { Heading, Notice } from '../shared/parts';
import { hasPasskeys } from '../shared/passkeys';
import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import type { Session } from './api';
import { service, useReader } from './context';
import { usePasskeyProblem } from './passkey-problem';

export function SecondFactor(props: { session: Session; done(session: Session): void }) {
    const { security } = useReader();
    const factors = props.session.person?.factors;
    const [by_recovery, chooseRecovery] = useState(false);
    if (!factors) return null;
    const has_passkey = factors.passkeys > 0 && hasPasskeys();
    const by_app = factors.totp && !by_recovery;
    return (
        <article data-part="second-factor">
            <Heading level={2} focus>{security.factor_title}</Heading>
            <p>{security.factor_lead}</p>
            {has_passkey && <PasskeyButton label={security.with_passkey} done={props.done} />}
            {has_passkey && by_app && <p>{security.or_code}</p>}
            {by_app && <CodeEntry key="app" name="totp" label={security.app_code} wrong={security.app_code_wrong} done={props.done} />}
            {by_recovery && <CodeEntry key="recovery" name="recovery_code" label={security.recovery_code} wrong={security.recovery_wrong} done={props.done} />}
            <div class="row">
                {!by_recovery && factors.recovery_codes > 0 && <button type="button" class="plain" data-action="use-recovery" onClick={() => chooseRecovery(true)}>{security.use_recovery}</button>}
                {by_recovery && factors.totp && <button type="button" class="plain" onClick={() => chooseRecovery(false)}>{security.use_app}</button>}
            </div>
            <p class="quiet small">{security.lost_all}</p>
        </article>
    );
}

export function PasskeyButton(props: { label: string; plain?: boolean; done(session: Session): void }) {
    const { words } = useReader();
    const { busy, problem, call } = useCall();
    const describe = usePasskeyProblem();
    const use = () => call(async () => props.done(await service.signInWithPasskey()));
    return (
        <>
            <div class="row"><button type="button" class={props.plain ? 'plain' : undefined} data-action="passkey" {...waiting(busy)} onClick={use}>{busy ? words.sending : props.label}</button></div>
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
        </>
    );
}

export const digitsOfApp = (text: string) => text.replace(/\D/g, '').slice(0, 6);

function CodeEntry(props: { name: 'totp' | 'recovery_code'; label: string; wrong: string; done(session: Session): void }) {
    const { words, security, shared } = useReader();
    const { busy, problem, call } = useCall();
    const [code, setCode] = useState('');
    const [short, blame] = useState(false);
    const is_app = props.name === 'totp';

    async function submit(event: Event) {
        event.preventDefault();
        const is_short = is_app ? code.length !== 6 : code.trim() === '';
        blame(is_short);
        if (is_short) return;
        await call(async () => props.done(await service.stepUp(is_app ? { totp: code } : { recovery_code: code.trim() })));
    }

    const describe = (found: Problem) => (found.kind === 'wrong-code' ? props.wrong : describeProblem(found, shared));
    return (
        <form onSubmit={submit} noValidate>
            <label for={props.name}>{props.label}</label>
            {is_app
                ? <AppCodeInput id={props.name} value={code} change={setCode} bad={short || problem?.kind === 'wrong-code'} note={short} />
                : <input id={props.name} name={props.name} type="text" autocomplete="off" autocapitalize="none" spellcheck={false} required value={code} aria-invalid={short || undefined}
                    onInput={(event) => setCode(event.currentTarget.value)} />}
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
            <div class="row"><button type="submit" {...waiting(busy)}>{busy ? words.sending : security.app_code_next}</button></div>
        </form>
    );
}

export function AppCodeInput(props: { id: string; value: string; bad: boolean; note: boolean; change(code: string): void }) {
    const { security } = useReader();
    return (
        <>
            <input id={props.id} name={props.id} class="code" type="text" inputmode="numeric" autocomplete="one-time-code" required value={props.value}
                aria-invalid={props.bad ? 'true' : undefined} aria-describedby={props.note ? `${props.id}-bad` : undefined}
                onInput={(event) => {
                    const clean = digitsOfApp(event.currentTarget.value);
                    event.currentTarget.value = clean;
                    props.change(clean);
                }} />
            {props.note && <small id={`${props.id}-bad`} role="alert">{security.app_code_bad}</small>}
        </>
    );
}

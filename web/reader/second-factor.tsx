// The password was given; the second factor is asked for here: a passkey first, the code of the app, or a recovery code.

import { useState } from 'preact/hooks';
import { CodeForm, type GivenCode } from '../shared/factors/code-form';
import { Heading, Notice } from '../shared/parts';
import { hasPasskeys } from '../shared/passkeys';
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
    const send = async (code: GivenCode) => props.done(await service.stepUp(code));
    return (
        <article data-part="second-factor">
            <Heading level={2} focus>{security.factor_title}</Heading>
            <p>{security.factor_lead}</p>
            {has_passkey && <PasskeyButton label={security.with_passkey} done={props.done} />}
            {has_passkey && by_app && <p>{security.or_code}</p>}
            {by_app && <CodeForm key="app" kind="totp" send={send} />}
            {by_recovery && <CodeForm key="recovery" kind="recovery_code" send={send} />}
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

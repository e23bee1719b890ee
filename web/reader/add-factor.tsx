// Setting up a second factor: a passkey, or an authenticator app; and the recovery codes that go with either.

import { useState } from 'preact/hooks';
import { AddApp as SetUpApp, RecoveryCodes as MakeRecoveryCodes } from '../shared/factors/set-up';
import { Notice } from '../shared/parts';
import { hasPasskeys } from '../shared/passkeys';
import { useCall, waiting } from '../shared/use-call';
import type { Session } from './api';
import { service, useReader } from './context';
import { usePasskeyProblem } from './passkey-problem';

export function AddPasskey(props: { outline?: boolean; done(session: Session): void }) {
    const { words, security } = useReader();
    const { busy, problem, call } = useCall();
    const describe = usePasskeyProblem();
    const [name, setName] = useState('');
    if (!hasPasskeys()) return <p class="quiet">{security.no_support}</p>;

    async function submit(event: Event) {
        event.preventDefault();
        await call(async () => {
            const session = await service.addPasskey(name.trim() || security.passkey_default);
            setName('');
            props.done(session);
        });
    }
    return (
        <form onSubmit={submit} data-part="add-passkey">
            <label for="passkey-name">{security.passkey_name}</label>
            <input id="passkey-name" type="text" maxLength={60} autocomplete="off" value={name} placeholder={security.passkey_default} aria-describedby="passkey-hint"
                onInput={(event) => setName(event.currentTarget.value)} />
            <small id="passkey-hint">{security.passkey_name_hint}</small>
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
            <div class="row"><button type="submit" class={props.outline ? 'outline' : undefined} {...waiting(busy)}>{busy ? words.sending : security.add_passkey}</button></div>
        </form>
    );
}

export function AddApp(props: { label: string; outline?: boolean; done(session: Session): void }) {
    return <SetUpApp {...props} begin={() => service.beginTotp()} confirm={(code) => service.confirmTotp(code)} />;
}

export function RecoveryCodes(props: { label: string; question?: string; outline?: boolean; skip?: () => void; done(): void }) {
    const { security } = useReader();
    const { skip, ...rest } = props;
    return <MakeRecoveryCodes {...rest} {...(skip && { skip: { label: security.skip_codes, run: skip } })} make={() => service.makeRecoveryCodes()} />;
}

// A password where one is needed and there is none yet.

import { useState } from 'preact/hooks';
import { Heading, Notice } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import type { Session } from './api';
import { service, useReader } from './context';

export function ChoosePassword(props: { session: Session; lead?: string; next?: string; done(session: Session): void }) {
    const { words, shared } = useReader();
    const [password, setPassword] = useState('');
    const [chosen, note] = useState('');
    const [is_short, blame] = useState(false);
    const { busy, problem, call } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        const address = props.session.person?.addresses[0];
        blame(!isLongEnough(password));
        if (!isLongEnough(password) || !address) return;
        await call(async () => {
            // What was chosen stays so when the sign-in behind it fails; choosing twice would be refused.
            if (chosen !== password) await service.choosePassword(password);
            note(password);
            props.done(await service.signInWithPassword(address, password));
        });
    }

    return (
        <article data-part="choose-password">
            <Heading level={2} focus>{words.password_choose_title}</Heading>
            <p>{props.lead ?? words.password_choose_lead}</p>
            <form onSubmit={submit} noValidate>
                <PasswordField is_short={is_short} address={props.session.person?.addresses[0]} value={password} change={setPassword} />
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="submit" {...waiting(busy)}>{busy ? words.sending : props.next ?? words.password_save}</button></div>
            </form>
        </article>
    );
}

/** As the service counts them: src/core/people/persons.cpp. Spaces around it are none. */
export function isLongEnough(password: string): boolean {
    return [...password.trim()].length >= 12;
}

/** `address`: what password managers keep it for. */
export function PasswordField(props: { is_short: boolean; address: string | undefined; value: string; change(value: string): void }) {
    const { words } = useReader();
    return (
        <>
            {props.address && <input type="email" name="username" autocomplete="username" hidden readOnly value={props.address} />}
            <label for="new-password">{words.password_new}</label>
            <input id="new-password" type="password" autocomplete="new-password" required value={props.value}
                aria-invalid={props.is_short ? 'true' : undefined} aria-describedby="password-rule" onInput={(event) => props.change(event.currentTarget.value)} />
            <small id="password-rule" role={props.is_short ? 'alert' : undefined}>{props.is_short ? words.password_short : words.password_rule}</small>
        </>
    );
}

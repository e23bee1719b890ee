import { useState } from 'preact/hooks';
import { Heading, Notice } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import type { Administrator } from './api';
import { admin, usePortal } from './context';

/** `again`: whose session has ended, and whose page waits behind this form. */
export function SignIn(props: { again?: string; done(who: Administrator): void }) {
    const { words, shared } = usePortal();
    const [name, setName] = useState(props.again ?? '');
    const [password, setPassword] = useState('');
    const { busy, problem, call } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        await call(async () => props.done(await admin.signIn(name.trim(), password)));
    }

    return (
        <article class="sign-in" data-part="sign-in">
            <Heading focus={props.again !== undefined}>{words.sign_in_title}</Heading>
            {props.again && <Notice kind="warn"><p>{words.session_over}</p></Notice>}
            <form onSubmit={submit}>
                <label for="admin-name">{words.name}</label>
                <input id="admin-name" name="username" autocomplete="username" required spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
                <label for="admin-password">{words.password}</label>
                <input id="admin-password" name="password" type="password" autocomplete="current-password" required value={password}
                    onInput={(event) => setPassword(event.currentTarget.value)} />
                {problem && <Notice kind="bad"><p>{problem.kind === 'wrong-password' ? words.wrong_password : describeProblem(problem, shared)}</p></Notice>}
                <button type="submit" {...waiting(busy)}>{busy ? words.signing_in : words.sign_in}</button>
            </form>
        </article>
    );
}

import { useState } from 'preact/hooks';
import { CodeForm, type CodeKind, type GivenCode } from '../shared/factors/code-form';
import { factor_words } from '../shared/factors/words';
import { Heading, Notice } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import type { Administrator } from './api';
import { admin, usePortal } from './context';
import { describeCodeProblem, enter, enterWithCode } from './entrance';
import { own_words } from './own/words';

/** `again`: whose session has ended, and whose page waits behind this form. */
export function SignIn(props: { again?: string; done(who: Administrator): void }) {
    const { words, shared } = usePortal();
    const [name, setName] = useState(props.again ?? '');
    const [password, setPassword] = useState('');
    const [needs_code, askForCode] = useState(false);
    const [was_asked, note] = useState(false);
    const { busy, problem, call } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        await call(async () => {
            const who = await enter(admin, { name, password });
            if (who) return props.done(who);
            askForCode(true);
            note(true);
        });
    }

    if (needs_code) {
        const send = async (code: GivenCode) => props.done(await enterWithCode(admin, { name, password }, code));
        return <SecondFactor send={send} back={() => askForCode(false)} />;
    }
    return (
        <article class="sign-in" data-part="sign-in">
            <Heading focus={props.again !== undefined || was_asked}>{words.sign_in_title}</Heading>
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

/** The password was right; it is sent once more, with the code. */
function SecondFactor(props: { send(code: GivenCode): Promise<void>; back(): void }) {
    const { language, words: portal } = usePortal();
    const words = own_words[language];
    const common = factor_words[language];
    const [kind, choose] = useState<CodeKind>('totp');
    const other: CodeKind = kind === 'totp' ? 'recovery_code' : 'totp';
    return (
        <article class="sign-in" data-part="second-factor">
            <Heading focus>{words.factor_title}</Heading>
            <p>{words.factor_lead}</p>
            <CodeForm key={kind} kind={kind} send={props.send} describe={(problem) => {
                // Somebody changed the password, or took the right to sign in away, between the two.
                if (problem.kind === 'wrong-password') return portal.wrong_password;
                return describeCodeProblem(problem, kind, words);
            }} />
            <div class="row">
                <button type="button" class="plain" data-action={kind === 'totp' ? 'use-recovery' : 'use-app'} onClick={() => choose(other)}>{kind === 'totp' ? common.use_recovery : common.use_app}</button>
                <button type="button" class="plain" data-action="back" onClick={props.back}>{words.back}</button>
            </div>
            <p class="quiet small">{words.lost_all}</p>
        </article>
    );
}

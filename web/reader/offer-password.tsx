// After a first visit by code: a password for the next one, if the person likes.

import { useState } from 'preact/hooks';
import { Notice } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import { service, useReader } from './context';
import { PasswordField } from './choose-password';

export function OfferPassword(props: { address: string }) {
    const { words, shared } = useReader();
    const [password, setPassword] = useState('');
    const [done, finish] = useState(false);
    const { busy, problem, call } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        if (password.length < 12) return;
        if (await call(() => service.choosePassword(password))) finish(true);
    }

    if (done) return <Notice kind="good" focus><p>{words.set_password_done}</p></Notice>;
    return (
        <details>
            <summary>{words.set_password_title}</summary>
            <p>{words.set_password_lead}</p>
            <form onSubmit={submit}>
                <PasswordField address={props.address} value={password} change={setPassword} />
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="submit" class="outline" {...waiting(busy)}>{words.set_password_save}</button></div>
            </form>
        </details>
    );
}

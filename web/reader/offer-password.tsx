// After a first visit by code: a password for the next one, if the person likes.

import { useState } from 'preact/hooks';
import { Notice } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import { service, useReader } from './context';
import { isLongEnough, PasswordField } from './choose-password';

export function OfferPassword(props: { address: string }) {
    const { words, shared } = useReader();
    const [password, setPassword] = useState('');
    const [done, finish] = useState(false);
    const [is_short, blame] = useState(false);
    const { busy, problem, call } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        blame(!isLongEnough(password));
        if (!isLongEnough(password)) return;
        if (await call(() => service.choosePassword(password))) finish(true);
    }

    if (done) return <Notice kind="good" focus><p>{words.set_password_done}</p></Notice>;
    return (
        <details>
            <summary>{words.set_password_title}</summary>
            <p>{words.set_password_lead}</p>
            <form onSubmit={submit} noValidate>
                <PasswordField is_short={is_short} address={props.address} value={password} change={setPassword} />
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="submit" class="outline" {...waiting(busy)}>{words.set_password_save}</button></div>
            </form>
        </details>
    );
}

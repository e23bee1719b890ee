// Somebody is signed in already (or needs not be): one button opens; another address is a choice.

import { useState } from 'preact/hooks';
import { Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { mayLeave } from '../shared/unsaved';
import type { Session } from './api';
import { service, useReader } from './context';

export function SignedIn(props: { session: Session; label?: string; open(): void; other(): void; learn(session: Session): void }) {
    const { words } = useReader();
    const person = props.session.person;
    return (
        <article data-part="signed-in">
            {person && <p class="wrap">{words.signed_in_as(person.addresses.join(', '))}</p>}
            <div class="row">
                <button type="button" onClick={props.open}>{props.label ?? words.open_now}</button>
                {person && <button type="button" class="outline" onClick={props.other}>{words.other_address}</button>}
                {person && <SecurityLink />}
                {person && <SignOut done={() => props.learn({ person: null })} />}
            </div>
        </article>
    );
}

/** Says so when the session could not be ended: the next person at this computer would have it. */
export function SignOut(props: { done(): void }) {
    const { shared } = useReader();
    const [problem, fail] = useState<Problem | null>(null);
    async function signOut() {
        if (!mayLeave(shared.discard)) return;
        fail(null);
        try {
            await service.signOut();
            props.done();
        } catch (error) {
            fail(asProblem(error));
        }
    }
    return (
        <>
            <button type="button" class="plain small" data-action="sign-out" onClick={signOut}>{shared.sign_out}</button>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
        </>
    );
}

/** `here`: on a page that has nothing open which must stay. */
export function ComposeLink(props: { here?: boolean }) {
    const { composing } = useReader();
    const elsewhere = props.here ? {} : { target: '_blank', rel: 'noopener' };
    return <a class="small" href="/compose" {...elsewhere} data-part="compose-link">{composing.link}</a>;
}

export function SentLink() {
    const { sent } = useReader();
    return <a class="small" href="/sent" data-part="sent-link">{sent.link}</a>;
}

export function SecurityLink() {
    const { security } = useReader();
    return <a class="small" href="/security" target="_blank" rel="noopener" data-part="security-link">{security.link}</a>;
}

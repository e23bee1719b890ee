// Somebody is signed in already (or needs not be): one button opens; another address is a choice.

import type { Session } from '../shared/api';
import { service, useReader } from './context';

export function SignedIn(props: { session: Session; open(): void; other(): void; learn(session: Session): void }) {
    const { words, shared } = useReader();
    const person = props.session.person;
    async function signOut() {
        await service.signOut().catch(() => {});
        props.learn({ person: null });
    }
    return (
        <article data-part="signed-in">
            {person && <p>{words.signed_in_as(person.addresses.join(', '))}</p>}
            <div class="row">
                <button type="button" onClick={props.open}>{words.open_now}</button>
                {person && <button type="button" class="outline" onClick={props.other}>{words.other_address}</button>}
                {person && <button type="button" class="plain" onClick={signOut}>{shared.sign_out}</button>}
            </div>
        </article>
    );
}

// Another address of somebody who is signed in. Who has a password gives it first, and their second factor where there is
// one: else whoever reads their mail for a moment could tie an address to them.

import { useState } from 'preact/hooks';
import type { Session } from './api';
import { mayChangeAddresses } from './assurance';
import { useReader } from './context';
import { ProveAddress, type OwnWords } from './prove-address';
import { StepUp } from './step-up';

/** `own`: what is said where no envelope waits. */
export function AddAddress(props: { session: Session; envelope: string | null; own?: OwnWords; done(session: Session): void }) {
    const { words, security } = useReader();
    const [session, learn] = useState(props.session);
    if (mayChangeAddresses(session)) return <ProveAddress envelope={props.envelope} add assurance="mailbox" own={props.own} done={props.done} />;
    const prove = { title: words.prove_title, lead: words.prove_lead, next: security.prove_next, needs_password: words.add_needs_password };
    return <StepUp session={session} envelope={props.envelope} own={{ prove, choose: { lead: security.choose_lead, next: security.choose_next } }} done={learn} />;
}

// What stands between a session and what asks for more, one step after the other: the password, a second factor
// where the person has one, and where not, setting one up. `done` gets the session that each step ends with.

import { useState } from 'preact/hooks';
import { Heading, Notice } from '../shared/parts';
import { AddApp, AddPasskey, RecoveryCodes } from './add-factor';
import type { Assurance, Session } from './api';
import { hasFactor, reaches } from './assurance';
import { ChoosePassword } from './choose-password';
import { useReader } from './context';
import { ProveAddress, type Again, type OwnWords } from './prove-address';
import { SecondFactor } from './second-factor';

interface Props {
    session: Session;
    /** Null where a message is begun. */
    envelope: string | null;
    /** Where no envelope waits: what the steps say instead. */
    own?: { prove: OwnWords; choose: { lead: string; next: string } };
    done(session: Session): void;
}

export function StepUp(props: Props) {
    const { session, own } = props;
    if (!session.person) return null;
    if (!reaches(session, 'account')) {
        if (!session.person.has_password) return <ChoosePassword session={session} {...own?.choose} done={props.done} />;
        return <ProveAddress envelope={props.envelope} add={false} assurance="account" address={session.person.addresses[0] ?? ''} own={own?.prove} done={props.done} />;
    }
    if (hasFactor(session)) return <SecondFactor session={session} done={props.done} />;
    return <SetUpFactor done={props.done} />;
}

/** For who was at work when the session ended: all that is needed, in turn. */
export function ProveAgain(props: { envelope: string | null; assurance: Assurance; again: Again; own?: OwnWords; done(session: Session): void }) {
    const [session, learn] = useState<Session | null>(null);
    const go = (next: Session) => (reaches(next, props.assurance) ? props.done(next) : learn(next));
    if (session) return <StepUp session={session} envelope={props.envelope} done={go} />;
    return <ProveAddress envelope={props.envelope} add={false} assurance={props.assurance} again={props.again} own={props.own} done={go} />;
}

function SetUpFactor(props: { done(session: Session): void }) {
    const { security } = useReader();
    const [strong, keep] = useState<Session | null>(null);
    if (strong) {
        return (
            <article data-part="set-up-done">
                <Heading level={2} focus>{security.recovery}</Heading>
                <Notice kind="good"><p>{security.done}</p></Notice>
                <p>{security.recovery_lead}</p>
                <RecoveryCodes label={security.recovery_make} skip={() => props.done(strong)} done={() => props.done(strong)} />
            </article>
        );
    }
    return (
        <article data-part="set-up-factor">
            <Heading level={2} focus>{security.set_up_title}</Heading>
            <p>{security.set_up_lead}</p>
            <p class="quiet small">{security.set_up_note}</p>
            <h3>{security.passkeys}</h3>
            <p>{security.passkeys_lead}</p>
            <AddPasskey done={keep} />
            <h3>{security.app}</h3>
            <p>{security.app_lead}</p>
            <AddApp label={security.set_up_app} outline done={keep} />
        </article>
    );
}

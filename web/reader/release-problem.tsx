// The service did not release the key: why, and what the person can do about it.

import { useState } from 'preact/hooks';
import { formatDeadline } from '../shared/language';
import { Heading, Notice } from '../shared/parts';
import type { Problem } from '../shared/problem';
import type { EnvelopeCard, Session } from './api';
import { levels, reaches } from './assurance';
import { useReader } from './context';
import { ProveAddress } from './prove-address';
import { StepUp } from './step-up';

interface Props {
    problem: Problem;
    card: EnvelopeCard;
    session: Session;
    envelope: string;
    describe(problem: Problem): string;
    retry(): void;
    prove(add: boolean): void;
    done(session: Session): void;
}

export function ReleaseProblem(props: Props) {
    const { words, shared, language } = useReader();
    const { problem, card, session } = props;
    switch (problem.kind) {
        case 'expired':
            return <Notice kind="bad" focus title={words.expired_title}><p>{words.expired(formatDeadline(card.expires_at, language))}</p></Notice>;
        case 'erased':
            return <Notice kind="bad" focus title={words.erased_title}><p>{words.erased}</p></Notice>;
        case 'locked':
            return (
                <Notice kind="bad" focus title={words.locked_title}>
                    <p>{words.locked}</p>
                    <p data-part="lock-reason">{problem.text('reason') ? <>{words.locked_reason} <bdi>{problem.text('reason')}</bdi></> : words.locked_no_reason}</p>
                </Notice>
            );
        case 'not-a-recipient':
            return <NotRecipient {...props} />;
        case 'not-signed-in':
            return <ProveAddress envelope={props.envelope} add={false} assurance="mailbox" done={props.done} />;
        case 'needs-assurance':
            return <NeedsMore {...props} />;
        default:
            return (
                <Notice kind="bad" focus>
                    <p>{props.describe(problem)}</p>
                    <p><button type="button" class="compact" onClick={props.retry}>{shared.retry}</button></p>
                    {session.person && <p class="small">{words.signed_in_as(session.person.addresses.join(', '))}</p>}
                </Notice>
            );
    }
}

function NotRecipient(props: Props) {
    const { words } = useReader();
    const own = props.problem.list('addresses').join(', ') || (props.session.person?.addresses.join(', ') ?? '');
    return (
        <article data-part="not-recipient">
            <Heading level={2} focus>{words.not_recipient_title}</Heading>
            <p class="wrap">{words.not_recipient(own)}</p>
            <div class="row">
                <button type="button" onClick={() => props.prove(true)}>{words.add_address}</button>
                <button type="button" class="outline" onClick={() => props.prove(false)}>{words.other_address}</button>
            </div>
        </article>
    );
}

function NeedsMore(props: Props) {
    const asked = props.problem.text('assurance');
    const assurance = levels.find((level) => level === asked) ?? 'account';
    // What the session has become, until it is enough: then the message opens.
    const [session, learn] = useState(props.session);
    const go = (next: Session) => (reaches(next, assurance) ? props.done(next) : learn(next));
    return <StepUp session={session} envelope={props.envelope} done={go} />;
}

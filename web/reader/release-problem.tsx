// The service did not release the key: why, and what the person can do about it.

import { useState } from 'preact/hooks';
import type { EnvelopeCard, Session } from '../shared/api';
import { formatTime } from '../shared/language';
import { Heading, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { service, useReader } from './context';
import { ProveAddress } from './prove-address';

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
            return <Notice kind="bad" title={words.expired_title}><p>{words.expired(formatTime(card.expires_at, language))}</p></Notice>;
        case 'erased':
            return <Notice kind="bad" title={words.erased_title}><p>{words.erased}</p></Notice>;
        case 'locked':
            return (
                <Notice kind="bad" title={words.locked_title}>
                    <p>{words.locked}{problem.text('reason') && ` ${words.locked_reason} ${problem.text('reason')}`}</p>
                </Notice>
            );
        case 'not-a-recipient':
            return <NotRecipient {...props} />;
        case 'not-signed-in':
            return <ProveAddress envelope={props.envelope} add={false} needs_password={false} done={props.done} />;
        case 'needs-assurance':
            return <NeedsAssurance {...props} />;
        default:
            return (
                <Notice kind="bad">
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

function NeedsAssurance(props: Props) {
    const { words } = useReader();
    if (props.problem.text('assurance') === 'strong') return <Notice kind="bad"><p>{words.strong_needed}</p></Notice>;
    if (props.session.person && !props.session.person.has_password) return <ChoosePassword session={props.session} done={props.done} />;
    return <ProveAddress envelope={props.envelope} add={false} needs_password done={props.done} />;
}

function ChoosePassword(props: { session: Session; done(session: Session): void }) {
    const { words, shared } = useReader();
    const [password, setPassword] = useState('');
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);

    async function submit(event: Event) {
        event.preventDefault();
        const address = props.session.person?.addresses[0];
        if (password.length < 12 || busy || !address) return;
        wait(true);
        fail(null);
        try {
            await service.choosePassword(password);
            props.done(await service.signInWithPassword(address, password));
        } catch (error) {
            fail(asProblem(error));
            wait(false);
        }
    }

    return (
        <article data-part="choose-password">
            <Heading level={2} focus>{words.password_choose_title}</Heading>
            <p>{words.password_choose_lead}</p>
            <form onSubmit={submit}>
                <PasswordField value={password} change={setPassword} />
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="submit" disabled={busy}>{busy ? words.sending : words.password_save}</button></div>
            </form>
        </article>
    );
}

export function PasswordField(props: { value: string; change(value: string): void }) {
    const { words } = useReader();
    return (
        <>
            <label for="new-password">{words.password_new}</label>
            <input id="new-password" type="password" autocomplete="new-password" minLength={12} required value={props.value}
                aria-describedby="password-rule" onInput={(event) => props.change(event.currentTarget.value)} />
            <small id="password-rule">{words.password_rule}</small>
        </>
    );
}

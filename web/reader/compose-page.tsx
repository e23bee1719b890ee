// Secure compose: somebody begins a message, to an organisation of this service. First they show which address is theirs.

import { useState } from 'preact/hooks';
import { Heading, LoadFailed, Notice, useFocus, Waiting } from '../shared/parts';
import { AddAddress } from './add-address';
import type { ComposeChoices, Person, SentReply, Session } from './api';
import { ComposeForm, proofOf } from './compose-form';
import { service, useReader } from './context';
import { NoCookie } from './no-cookie';
import { useOwnPlace, WhileSignedIn } from './own-place';
import { ProveAddress } from './prove-address';
import { ReplyResult } from './reply-result';
import { SecurityLink, SignOut } from './signed-in';

/** `to`: whom the link names. */
export function ComposePage(props: { to: string }) {
    const { composing } = useReader();
    const { session, facts: choices, problem, has_no_cookie, is_first, load, learn, keep, leave } = useOwnPlace(() => service.compose());

    /** What is being written stays, whatever comes of it. */
    async function learnMore(next: Session) {
        learn(next);
        await service.compose().then(keep, () => {});
    }

    if (has_no_cookie) return <NoCookie />;
    if (problem) return <LoadFailed problem={problem} retry={() => void load()} />;
    if (!session) return <Waiting text={composing.loading} />;
    if (!session.person || !choices) {
        return (
            <>
                <Head />
                <ProveAddress envelope={null} add={false} assurance="mailbox" own={proofOf(composing)} is_first={is_first} done={load} />
            </>
        );
    }
    return <Writing is_first={is_first} session={session} person={session.person} choices={choices} to={props.to} learn={learn} learnMore={learnMore} leave={leave} />;
}

function Head(props: { focus?: boolean }) {
    const { composing } = useReader();
    return (
        <>
            <Heading focus={props.focus === true}>{composing.title}</Heading>
            <p>{composing.lead}</p>
        </>
    );
}

interface Props {
    is_first: boolean;
    session: Session;
    person: Person;
    choices: ComposeChoices;
    to: string;
    learn(session: Session): void;
    learnMore(session: Session): Promise<void>;
    leave(): void;
}

function Writing(props: Props) {
    const { composing } = useReader();
    return (
        <WhileSignedIn person={props.person} envelope={null} proof={proofOf(composing)} why={composing.session_ended} head={<Head />} learn={props.learn}>
            <Desk {...props} />
        </WhileSignedIn>
    );
}

type Stage = { at: 'writing'; to: string; is_first: boolean } | { at: 'sent'; reply: SentReply } | { at: 'left' };

function Desk(props: Props) {
    const { words, composing } = useReader();
    const { person, choices } = props;
    const [stage, go] = useState<Stage>({ at: 'writing', to: props.to, is_first: props.is_first });
    // Another address has brought somebody: that takes the focus, since what stood there is gone.
    const [has_brought, bring] = useState(false);
    function writeAnother() {
        bring(false);
        go({ at: 'writing', to: '', is_first: false });
    }
    function learnMore(session: Session) {
        bring(true);
        return props.learnMore(session);
    }

    if (stage.at === 'sent') return <ReplyResult reply={stage.reply} back_label={composing.another} back={writeAnother} />;
    if (stage.at === 'left') {
        return (
            <article data-part="left">
                <Heading focus>{composing.left_title}</Heading>
                <div class="row">
                    <button type="button" onClick={writeAnother}>{composing.another}</button>
                    <a class="small" href="/open">{words.open_drop}</a>
                </div>
            </article>
        );
    }
    return (
        <>
            <Head focus={!stage.is_first} />
            <div class="row" data-part="own-session">
                <span class="quiet small wrap">{words.signed_in_as(person.addresses.join(', '))}</span>
                <SecurityLink />
                <SignOut done={props.leave} />
            </div>
            {choices.organisations.length > 0 ? <Reachable organisations={choices.organisations} focus={has_brought} /> : <Nobody session={props.session} learn={learnMore} />}
            <ComposeForm person={person} to={stage.to} correspondents={choices.correspondents}
                cancel={() => go({ at: 'left' })} learn={props.learn} sent={(reply) => go({ at: 'sent', reply })} />
        </>
    );
}

const shown_at_once = 6;

function Reachable({ organisations, focus }: Pick<ComposeChoices, 'organisations'> & { focus: boolean }) {
    const { composing } = useReader();
    const list = (
        <ul class="files">
            {organisations.map(({ organisation, domains }) => (
                <li key={domains.join()}><span class="file"><strong><bdi>{organisation}</bdi></strong> <span class="quiet small">{domains.join(', ')}</span></span></li>
            ))}
        </ul>
    );
    return (
        <section data-part="reach">
            <Heading level={2} focus={focus}>{composing.reach_title}</Heading>
            <p>{composing.reach_lead}</p>
            {organisations.length > shown_at_once ? <details><summary>{composing.reach_count(organisations.length)}</summary>{list}</details> : list}
        </section>
    );
}

/** Nobody to suggest is no reason to stop: some let everybody write to them. */
function Nobody(props: { session: Session; learn(session: Session): Promise<void> }) {
    const { words, composing } = useReader();
    const [adds, add] = useState(false);
    const [was_open, note] = useState(false);
    async function done(session: Session) {
        await props.learn(session);
        add(false);
        note(true);
    }
    if (adds) return <AddAddress session={props.session} envelope={null} own={{ ...proofOf(composing), title: words.add_address, lead: composing.add_prove_lead }} done={done} />;
    return (
        <Notice kind="info" title={composing.nobody_title}>
            <p data-part="nobody">{composing.nobody}</p>
            <p>{composing.add_lead}</p>
            <p><AddButton focus={was_open} add={() => add(true)} /></p>
        </Notice>
    );
}

/** `focus`: once the form that stood in its place is gone. */
function AddButton(props: { focus: boolean; add(): void }) {
    const { words } = useReader();
    const own = useFocus<HTMLButtonElement>(props.focus);
    return <button ref={own} type="button" class="plain" data-action="add-address" onClick={props.add}>{words.add_address}</button>;
}

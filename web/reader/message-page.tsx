// The opened message, and what its sender allows to be done with it.

import { useEffect, useState } from 'preact/hooks';
import { formatTime } from '../shared/language';
import { fileNameOf, formatMailboxes } from '../shared/mail/compose';
import type { Message } from '../shared/mail/parse';
import { saveBytes } from '../shared/mail/save';
import { AttachmentList, MessageBody } from '../shared/message-parts';
import { Behind } from '../shared/behind';
import { Heading, Notice } from '../shared/parts';
import type { EnvelopeCard, Person, Release, ReplyMode, SentReply, Session } from './api';
import { service, session_clock, useReader } from './context';
import { ForeignSender } from './envelope-card';
import { Mailboxes } from './mailboxes';
import type { OpenedEnvelope } from './open-envelope';
import { OfferPassword } from './offer-password';
import { ReplyForm } from './reply-form';
import { ReplyResult } from './reply-result';
import { useSessionEnd } from './session-end';
import { ComposeLink, SecurityLink, SignOut } from './signed-in';
import { ProveAgain } from './step-up';

interface Props {
    envelope: string;
    card: EnvelopeCard;
    release: Release;
    opened: OpenedEnvelope;
    session: Session;
    learn(session: Session): void;
}

type Stage = { at: 'reading' } | { at: 'writing'; mode: ReplyMode } | { at: 'sent'; reply: SentReply };

function isOfSession({ session, release }: Props): boolean {
    return session.person?.addresses.includes(release.recipient) === true;
}

/** Hidden, with what was typed, once the session has ended. */
export function MessagePage(props: Props) {
    const { words } = useReader();
    // Who opened it by the link alone has it without a session.
    const is_of_session = isOfSession(props);
    const { is_over, resume } = useSessionEnd(is_of_session ? session_clock : null);
    const { assurance } = props.card;

    function goOn(session: Session) {
        props.learn(session);
        // Whoever is somebody else begins anew.
        if (session.person?.addresses.includes(props.release.recipient)) resume();
        else location.reload();
    }
    return (
        <>
            {is_over && <ProveAgain envelope={props.envelope} assurance={assurance}
                again={{ address: props.release.recipient, why: words.session_ended, next: words.prove_and_go_on }} done={goOn} />}
            <Behind is_hidden={is_over}><Opened {...props} /></Behind>
        </>
    );
}

function Opened(props: Props) {
    const { words } = useReader();
    const { release, opened, card } = props;
    const [stage, go] = useState<Stage>({ at: 'reading' });
    const subject = release.subject || opened.message.subject;
    useSessionOnReturn(props.session, stage.at === 'reading');

    if (stage.at === 'sent') return <ReplyResult reply={stage.reply} back={() => go({ at: 'reading' })} />;
    if (stage.at === 'writing') {
        return (
            <ReplyForm envelope={props.envelope} mode={stage.mode} message={opened.message} original={opened.raw} sender={card.sender}
                reply_all_to={release.reply_all_to ?? []} own={props.session.person?.addresses ?? [release.recipient]} recipient={release.recipient} had_session={isOfSession(props)}
                assurance={card.assurance} learn={props.learn} subject={subject} cancel={() => go({ at: 'reading' })} sent={(reply) => go({ at: 'sent', reply })} />
        );
    }
    return (
        <>
            <article data-part="message">
                <MessageHead card={card} message={opened.message} subject={subject} recipient={release.recipient} />
                <ForeignSender card={card} />
                {card.healed && <Notice kind="warn"><p>{words.healed}</p></Notice>}
                {opened.is_readable ? <MessageBody message={opened.message} /> : <Notice kind="warn"><p>{words.unreadable}</p></Notice>}
                <AttachmentList message={opened.message} />
                <Actions release={release} write={(mode) => go({ at: 'writing', mode })}
                    save={() => saveBytes(opened.raw, fileNameOf(subject))} />
                <p class="quiet small" data-part="sender-learns">{release.receipt ? words.receipt_note : words.seen_note}</p>
            </article>
            {props.session.person && (
                <div class="row" data-part="own-session">
                    <span class="quiet small wrap">{words.signed_in_as(props.session.person.addresses.join(', '))}</span>
                    <ComposeLink />
                    <SecurityLink />
                    <SignOut done={() => location.reload()} />
                </div>
            )}
            {props.session.person && !props.session.person.has_password && <OfferPassword address={ownAddress(props.session.person, release.recipient)} />}
        </>
    );
}

/** Under which they read it; by the link alone one reads what is somebody else's. */
function ownAddress({ addresses }: Person, recipient: string): string {
    return addresses.includes(recipient) ? recipient : addresses[0] ?? '';
}

/** A browser may bring the page back as it was left. Whoever sits there now sees the message only if the session is still its reader's. */
function useSessionOnReturn({ person }: Session, is_reading: boolean) {
    useEffect(() => {
        if (!person || !is_reading) return;
        const look = async (event: PageTransitionEvent) => {
            if (!event.persisted) return;
            const page = document.documentElement;
            page.hidden = true;
            const now = await service.session().catch(() => null);
            if (now?.person?.addresses.some((address) => person.addresses.includes(address))) page.hidden = false;
            else location.reload();
        };
        addEventListener('pageshow', look);
        return () => removeEventListener('pageshow', look);
    }, [person, is_reading]);
}

/** The page on which the administrator of the recipient's domain sees why. */
function whyPath(recipient: string | null): string {
    const domain = recipient?.split('@').pop();
    return domain ? `/tls?${new URLSearchParams({ domain })}` : '/tls';
}

function MessageHead(props: { card: EnvelopeCard; message: Message; subject: string; recipient: string | null }) {
    const { words, shared, language } = useReader();
    const { card, message } = props;
    return (
        <header class="message-head">
            <p class="row">
                <span class="badge good">{words.sealed_by(card.organisation)}</span>
                <a class="small" data-part="why" href={whyPath(props.recipient)} target="_blank" rel="noopener">{words.why_envelope}</a>
            </p>
            <Heading focus dir="auto">{props.subject || words.no_subject}</Heading>
            <dl class="facts">
                <dt>{shared.from}</dt><dd>{formatMailboxes([card.sender])}</dd>
                {message.to.length > 0 && <><dt>{shared.to}</dt><dd><Mailboxes all={message.to} /></dd></>}
                {message.cc.length > 0 && <><dt>{shared.cc}</dt><dd><Mailboxes all={message.cc} /></dd></>}
                <dt>{shared.date}</dt><dd>{formatTime(message.date ?? card.sent_at, language)}</dd>
            </dl>
        </header>
    );
}

function Actions(props: { release: Release; write(mode: ReplyMode): void; save(): void }) {
    const { words } = useReader();
    const { rights } = props.release;
    const may_write = rights.reply || rights.reply_all || rights.forward;
    return (
        <div role="group" aria-label={words.actions}>
            {!may_write && <p class="quiet">{words.no_rights}</p>}
            <div class="row">
                {rights.reply && <button type="button" data-action="reply" onClick={() => props.write('reply')}>{words.reply}</button>}
                {rights.reply_all && <button type="button" class="outline" data-action="reply_all" onClick={() => props.write('reply_all')}>{words.reply_all}</button>}
                {rights.forward && <button type="button" class="outline" data-action="forward" onClick={() => props.write('forward')}>{words.forward}</button>}
                <button type="button" class="outline secondary" data-action="save" onClick={props.save}>{words.save_copy}</button>
            </div>
        </div>
    );
}

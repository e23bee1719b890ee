// An envelope from the moment its link is followed: its card, the proof of address, the release
// of the key, and the message. Which of these is shown is one value, the Stage.

import { useEffect, useState } from 'preact/hooks';
import { formatDeadline } from '../shared/language';
import { hasUnreadText } from '../shared/mail/unread';
import { Busy, LoadFailed, Notice, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { AddAddress } from './add-address';
import type { EnvelopeCard, Release, Session } from './api';
import { service, useReader } from './context';
import { EnvelopeFront, ForeignSender } from './envelope-card';
import { MessagePage } from './message-page';
import { NoCookie } from './no-cookie';
import { Damaged, openEnvelope, type OpenedEnvelope } from './open-envelope';
import { useOwnLanguage } from './own-language';
import { ReleaseProblem } from './release-problem';
import { ProveAddress } from './prove-address';
import { SignedIn } from './signed-in';

type Stage =
    | { at: 'closed' }
    | { at: 'prove'; add: boolean }
    | { at: 'releasing' }
    | { at: 'decrypting'; part: number }
    | { at: 'refused'; problem: Problem }
    | { at: 'undecryptable' }
    | { at: 'no_cookie' }
    | { at: 'open'; release: Release; opened: OpenedEnvelope };

/**
 * `envelope`: its id, or the ticket of what came in through a form. A ticket is over in half an hour, while people still
 * read and write: it serves to find the envelope and its content, and the id for all that follows.
 */
export function OpenPage(props: { envelope: string }) {
    const ref = props.envelope;
    const { words, shared, suggest } = useReader();
    const [card, setCard] = useState<EnvelopeCard | null>(null);
    const [session, setSession] = useState<Session | null>(null);
    const [failure, fail] = useState<Problem | null>(null);
    const [stage, go] = useState<Stage>({ at: 'closed' });

    useOwnLanguage(session, setSession);
    // Never the subject: browsers keep titles in their history, for whoever uses the computer next.
    useEffect(() => {
        document.title = card ? `${words.title} · ${card.organisation}` : words.title;
    }, [card, words]);

    async function load() {
        fail(null);
        try {
            const [found, known] = await Promise.all([service.card(ref), service.session()]);
            setSession(known);
            if (known.person) suggest(known.person.language);
            setCard(found);
            void nameByItsId(ref, found);
        } catch (error) {
            fail(asProblem(error));
        }
    }

    /** `has_proved`: somebody has signed in just now. */
    async function open(found: EnvelopeCard, has_proved = false) {
        go({ at: 'releasing' });
        try {
            const release = await service.release(found.id);
            go({ at: 'decrypting', part: 0 });
            const opened = await openEnvelope(await fetchContent(ref, found.id), release.identity, progressOf(found.size, (part) => go({ at: 'decrypting', part })));
            go({ at: 'open', release, opened });
            // What the page could not show was not displayed, though its key was released.
            if (release.receipt && opened.is_readable && !hasUnreadText(opened.message)) await service.reportDisplayed(found.id).catch(() => {});
        } catch (error) {
            if (error instanceof Damaged) return go({ at: 'undecryptable' });
            const problem = asProblem(error);
            go(has_proved && problem.kind === 'not-signed-in' ? { at: 'no_cookie' } : { at: 'refused', problem });
        }
    }

    useEffect(() => void load(), [ref]);

    if (failure) return failure.kind === 'not-found' ? <Unknown /> : <LoadFailed problem={failure} retry={load} />;
    if (!card || !session) return <Waiting text={words.card_loading} />;
    if (stage.at === 'open') return <MessagePage envelope={card.id} card={card} release={stage.release} opened={stage.opened} session={session} learn={setSession} />;
    const goOn = (next: Session) => {
        setSession(next);
        void open(card, next.person !== null);
    };
    return (
        <>
            <EnvelopeFront card={card} />
            <ForeignSender card={card} />
            {card.healed && <Notice kind="warn"><p>{words.healed}</p></Notice>}
            <div aria-live="polite">
                {stage.at === 'releasing' && <Busy text={words.releasing} />}
                {stage.at === 'decrypting' && <Busy text={words.decrypting} part={stage.part} />}
            </div>
            {stage.at === 'undecryptable' && <Notice kind="bad" focus title={words.decrypt_failed_title}><p>{words.decrypt_failed}</p></Notice>}
            {stage.at === 'no_cookie' && <NoCookie />}
            {stage.at === 'closed' && <Closed card={card} session={session} open={() => open(card)} prove={(add) => go({ at: 'prove', add })} learn={setSession} done={goOn} envelope={card.id} />}
            {stage.at === 'prove' && !stage.add && <ProveAddress envelope={card.id} add={false} assurance="mailbox" done={goOn} />}
            {stage.at === 'prove' && stage.add && <AddAddress session={session} envelope={card.id} done={goOn} />}
            {stage.at === 'refused' && (
                <ReleaseProblem problem={stage.problem} card={card} session={session} envelope={card.id} describe={(p) => describeProblem(p, shared)}
                    retry={() => open(card)} prove={(add) => go({ at: 'prove', add })} done={goOn} />
            )}
        </>
    );
}

/** A page that is loaded anew after half an hour, or left open, is one of an envelope that is still here, where the service has a copy of its own. */
async function nameByItsId(ref: string, card: EnvelopeCard) {
    // That link alone opens an envelope which asks for nothing more: it does not stay in the history.
    if (ref === card.id || card.source !== 'ticket' || card.assurance === 'low') return;
    const kept = await service.card(card.id).catch(() => null);
    if (kept?.source === 'hosted') history.replaceState(history.state, '', `/open/${encodeURIComponent(card.id)}`);
}

/** What came along lives half an hour; a hosted copy, where there is one, as long as the envelope. */
async function fetchContent(ref: string, id: string): Promise<ReadableStream<Uint8Array>> {
    try {
        return await service.content(ref);
    } catch (error) {
        if (ref === id || asProblem(error).kind !== 'not-found') throw error;
        return service.content(id);
    }
}

function progressOf(size: number, show: (part: number) => void): (octets: number) => void {
    let shown = 0;
    return (octets) => {
        const part = size > 0 ? Math.min(1, octets / size) : 1;
        if (part - shown < 0.02) return;
        shown = part;
        show(part);
    };
}

interface ClosedProps {
    card: EnvelopeCard;
    session: Session;
    envelope: string;
    open(): void;
    prove(add: boolean): void;
    learn(session: Session): void;
    done(session: Session): void;
}

function Closed(props: ClosedProps) {
    const { words, language } = useReader();
    const { card, session } = props;
    const [is_first] = useState(session.person === null);
    if (card.state === 'expired') return <Notice kind="bad" title={words.expired_title}><p>{words.expired(formatDeadline(card.expires_at, language))}</p></Notice>;
    if (card.state === 'erased') return <Notice kind="bad" title={words.erased_title}><p>{words.erased}</p></Notice>;
    if (card.damaged && !card.healed) return <Notice kind="bad" title={words.damaged_title}><p>{words.damaged}</p></Notice>;
    // Why it is locked is for its recipients alone: who shows to be one is told by the refusal, and reads it should the lock be gone by then.
    if (card.state === 'locked') return <Locked {...props} />;
    if (card.source === 'none') {
        return <Notice kind="bad" title={words.no_content_title}><p>{words.no_content}</p><p><a href="/open">{words.open_drop}</a></p></Notice>;
    }
    if (session.person || card.assurance === 'low') {
        return <SignedIn session={session} open={props.open} other={() => props.prove(false)} learn={props.learn} />;
    }
    return <ProveAddress envelope={props.envelope} add={false} assurance={card.assurance} is_first={is_first} done={props.done} />;
}

function Locked(props: ClosedProps) {
    const { words } = useReader();
    const { card, session } = props;
    const [is_first] = useState(session.person === null);
    const own = { title: words.locked_prove_title, lead: words.prove_lead, next: words.locked_next };
    return (
        <>
            <Notice kind="bad" title={words.locked_title}><p>{words.locked} {words.locked_ask}</p></Notice>
            {session.person || card.assurance === 'low'
                ? <SignedIn session={session} label={words.locked_next} open={props.open} other={() => props.prove(false)} learn={props.learn} />
                : <ProveAddress envelope={props.envelope} add={false} assurance={card.assurance} own={own} is_first={is_first} done={props.done} />}
        </>
    );
}

export function Unknown() {
    const { words } = useReader();
    return <Notice kind="bad" title={words.unknown_title}><p>{words.unknown}</p><p><a href="/open">{words.open_drop}</a></p></Notice>;
}

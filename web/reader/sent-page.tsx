// What somebody has sent: who opened it, and what they decide about it since. First they show which address is theirs.

import { useEffect, useState } from 'preact/hooks';
import { Behind } from '../shared/behind';
import { EnvelopeList } from '../shared/envelopes/envelope-list';
import { Heading, LoadFailed, Waiting } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import type { Person, Session } from './api';
import { service, session_clock, useReader } from './context';
import { NoCookie } from './no-cookie';
import { useOwnLanguage } from './own-language';
import { ProveAddress, type OwnWords } from './prove-address';
import { useSessionEnd } from './session-end';
import type { SentWords } from './sent-words';
import { ComposeLink, SecurityLink, SignOut } from './signed-in';
import { ProveAgain } from './step-up';

function proofOf(words: SentWords): OwnWords {
    return { title: words.prove_title, lead: words.prove_lead, next: words.prove_next, code_sent: words.code_sent };
}

export function SentPage() {
    const { sent, suggest } = useReader();
    const [session, setSession] = useState<Session | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const [has_no_cookie, blameCookies] = useState(false);
    // Nothing stood in the place of what is shown before: the focus stays at the beginning of the page.
    const [is_first, note] = useState(true);

    async function load(known?: Session) {
        fail(null);
        try {
            const now = await service.session();
            if (known?.person && !now.person) return blameCookies(true);
            if (known) note(false);
            setSession(now);
            if (now.person) suggest(now.person.language);
        } catch (error) {
            fail(asProblem(error));
        }
    }
    useEffect(() => void load(), []);
    useOwnLanguage(session, setSession);

    if (has_no_cookie) return <NoCookie />;
    if (problem) return <LoadFailed problem={problem} retry={() => void load()} />;
    if (!session) return <Waiting text={sent.loading} />;
    if (session.person) return <Mine is_first={is_first} person={session.person} learn={setSession} leave={() => { note(false); setSession({ person: null }); }} />;
    return (
        <>
            <Head focus={false} />
            <ProveAddress envelope="" add={false} assurance="mailbox" own={proofOf(sent)} is_first={is_first} done={(known) => void load(known)} />
        </>
    );
}

function Head(props: { focus: boolean }) {
    const { sent } = useReader();
    return (
        <>
            <Heading focus={props.focus}>{sent.title}</Heading>
            <p>{sent.lead}</p>
        </>
    );
}

interface MineProps {
    is_first: boolean;
    person: Person;
    learn(session: Session): void;
    leave(): void;
}

/** Hidden once the session has ended. */
function Mine(props: MineProps) {
    const { words, sent } = useReader();
    const { is_over, resume } = useSessionEnd(session_clock);
    const { addresses } = props.person;

    function goOn(session: Session) {
        // Whoever is somebody else begins anew.
        if (!session.person?.addresses.some((address) => addresses.includes(address))) return location.reload();
        props.learn(session);
        resume();
    }
    return (
        <>
            {is_over && <Head focus={false} />}
            {is_over && <ProveAgain envelope="" assurance="mailbox" own={proofOf(sent)} again={{ address: addresses[0] ?? '', why: sent.session_ended, next: words.prove_and_go_on }} done={goOn} />}
            <Behind is_hidden={is_over}>
                <Head focus={!props.is_first} />
                <div class="row" data-part="own-session">
                    <span class="quiet small wrap">{words.signed_in_as(addresses.join(', '))}</span>
                    <ComposeLink />
                    <SecurityLink />
                    <SignOut done={props.leave} />
                </div>
                <EnvelopeList keeper={service} show_sender={addresses.length > 1} />
                <p class="quiet small">{sent.note}</p>
            </Behind>
        </>
    );
}

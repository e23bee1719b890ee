// What somebody has sent: who opened it, and what they decide about it since. First they show which address is theirs.

import { EnvelopeList } from '../shared/envelopes/envelope-list';
import { Heading, LoadFailed, Waiting } from '../shared/parts';
import { Problem } from '../shared/problem';
import type { Person, Session } from './api';
import { service, useReader } from './context';
import { NoCookie } from './no-cookie';
import { useOwnPlace, WhileSignedIn } from './own-place';
import { ProveAddress, type OwnWords } from './prove-address';
import type { SentWords } from './sent-words';
import { ComposeLink, SecurityLink, SignOut } from './signed-in';

function proofOf(words: SentWords): OwnWords {
    return { title: words.prove_title, lead: words.prove_lead, next: words.prove_next, code_sent: words.code_sent };
}

/** The list asks for itself; here it counts only whether the browser keeps the session that a proof has just made. */
async function assertSignedIn(is_proven: boolean): Promise<true> {
    if (is_proven && !(await service.session()).person) throw new Problem('not-signed-in', 401);
    return true;
}

export function SentPage() {
    const { sent } = useReader();
    const { session, problem, has_no_cookie, is_first, load, learn, leave } = useOwnPlace(assertSignedIn);

    if (has_no_cookie) return <NoCookie />;
    if (problem) return <LoadFailed problem={problem} retry={() => void load()} />;
    if (!session) return <Waiting text={sent.loading} />;
    if (session.person) return <Mine is_first={is_first} person={session.person} learn={learn} leave={leave} />;
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

function Mine(props: MineProps) {
    const { words, sent } = useReader();
    const { addresses } = props.person;
    return (
        <WhileSignedIn person={props.person} envelope="" proof={proofOf(sent)} why={sent.session_ended} head={<Head focus={false} />} learn={props.learn}>
            <Head focus={!props.is_first} />
            <div class="row" data-part="own-session">
                <span class="quiet small wrap">{words.signed_in_as(addresses.join(', '))}</span>
                <ComposeLink />
                <SecurityLink />
                <SignOut done={props.leave} />
            </div>
            <EnvelopeList keeper={service} show_sender={addresses.length > 1} />
            <p class="quiet small">{sent.note}</p>
        </WhileSignedIn>
    );
}

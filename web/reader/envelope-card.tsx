// The outside of the envelope: who sealed it, as the key record says, never as the file says.

import { formatDeadline, formatSize, formatTime } from '../shared/language';
import { straightName } from '../shared/mail/names';
import { Notice } from '../shared/parts';
import seal from '../shared/seal.svg';
import type { EnvelopeCard } from './api';
import { useReader } from './context';

export function EnvelopeFront(props: { card: EnvelopeCard }) {
    const { words, language } = useReader();
    const { card } = props;
    return (
        <article class="envelope" data-part="card">
            <div class="flap"><img src={seal} alt="" width="50" height="50" /></div>
            <div class="inside">
                <h1>{words.card_title}</h1>
                <p class="from">
                    <span class="organisation">{card.organisation}</span>
                    <span class="person">{card.sender.name ? `${straightName(card.sender.name)} · ${card.sender.address}` : card.sender.address}</span>
                </p>
                <dl class="facts">
                    <dt>{words.card_sent}</dt><dd>{formatTime(card.sent_at, language)}</dd>
                    <dt>{words.card_expires}</dt><dd>{formatDeadline(card.expires_at, language)}</dd>
                    <dt>{words.card_size}</dt><dd>{formatSize(card.size, language)}</dd>
                </dl>
            </div>
        </article>
    );
}

/** Who sealed it may name any sender; that the address is none of theirs is said wherever it is shown. */
export function ForeignSender(props: { card: EnvelopeCard }) {
    const { words } = useReader();
    const { organisation, sender, sender_domain } = props.card;
    if (sender_domain !== 'foreign') return null;
    return <Notice kind="warn"><p data-part="foreign-sender">{words.foreign_sender(organisation, sender.address)}</p></Notice>;
}

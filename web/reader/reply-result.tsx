// How the reply travels, address by address, as the service intends it.

import { withColon } from '../shared/french';
import { Heading } from '../shared/parts';
import type { SentReply } from './api';
import { useReader } from './context';

/** `back_label`: what is done next. */
export function ReplyResult(props: { reply: SentReply; back_label?: string; back(): void }) {
    const { words, language } = useReader();
    return (
        <article data-part="sent">
            <Heading focus>{words.sent_title}</Heading>
            <p>{words.sent_lead}</p>
            <ul>
                {props.reply.deliveries.map((delivery) => (
                    <li key={delivery.address} data-way={delivery.way} class="wrap">
                        <strong>{withColon(delivery.address, language)}</strong> {delivery.way === 'tls' ? words.sent_tls(delivery.domain) : words.sent_envelope}
                    </li>
                ))}
            </ul>
            <p data-sent-as={props.reply.sent_as}>{props.reply.sent_as === 'person' ? words.sent_as_person : words.sent_as_service}</p>
            <p class="quiet small">{words.sent_note}{props.reply.deliveries.some(({ way }) => way === 'tls') && ` ${words.sent_note_tls}`}</p>
            <div class="row"><button type="button" class="outline" onClick={props.back}>{props.back_label ?? words.back}</button></div>
        </article>
    );
}

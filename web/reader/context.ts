// What every part of the reader needs: the client of the service, and the words in the page's language.

import { renewWith } from '../shared/http';
import { useTongue } from '../shared/tongue';
import { ServiceClient } from './api';
import { compose_words } from './compose-words';
import { security_words } from './security-words';
import { sent_words } from './sent-words';
import { openChannel, SessionClock } from './session-end';
import { reader_words } from './words';

export const session_clock = new SessionClock(openChannel('sealpost-session'));
export const service = new ServiceClient((session) => session_clock.hear(session));
renewWith((problem, call) => service.renew(problem, call));

export function useReader() {
    const tongue = useTongue();
    return { ...tongue, words: reader_words[tongue.language], security: security_words[tongue.language], composing: compose_words[tongue.language], sent: sent_words[tongue.language] };
}

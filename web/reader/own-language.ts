// The language of the mails that the service writes to a person: what they chose on a page, or else what their browser speaks.

import { useEffect } from 'preact/hooks';
import { hasChoice, isSpoken } from '../shared/language';
import type { Session } from './api';
import { service, useReader } from './context';

export function useOwnLanguage(session: Session | null, learn: (change: (now: Session | null) => Session | null) => void) {
    const { language } = useReader();
    const person = session?.person;
    useEffect(() => {
        if (!person || person.language === language) return;
        if (!hasChoice() && (person.language !== '' || !isSpoken(language))) return;
        const note = () =>
            learn((now) => {
                if (!now?.person || now.person.addresses[0] !== person.addresses[0]) return now;
                return { ...now, person: { ...now.person, language } };
            });
        service.chooseLanguage(language).then(note, () => {});
    }, [language, person]);
}

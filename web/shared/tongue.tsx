// The language of the page for every component below: <Tongue> holds it, useTongue() tells it.

import { createContext, type ComponentChildren } from 'preact';
import { useContext, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { hasChoice, isLanguage, loadLanguage, saveLanguage, type Language } from './language';
import type { Problem } from './problem';
import { shared_words, type SharedWords } from './words';

interface TongueState {
    language: Language;
    choose(language: Language): void;
    suggest(language: string): void;
}

const Context = createContext<TongueState>({ language: 'en', choose: () => {}, suggest: () => {} });

export function Tongue(props: { children: ComponentChildren }) {
    const [language, change] = useState<Language>(loadLanguage);
    useLayoutEffect(() => {
        document.documentElement.lang = language;
    }, [language]);
    const state = useMemo<TongueState>(() => ({
        language,
        choose: (next) => {
            saveLanguage(next);
            change(next);
        },
        suggest: (next) => {
            if (isLanguage(next) && !hasChoice()) change(next);
        },
    }), [language]);
    return <Context.Provider value={state}>{props.children}</Context.Provider>;
}

export function useTongue(): TongueState & { shared: SharedWords } {
    const state = useContext(Context);
    return { ...state, shared: shared_words[state.language] };
}

/** The sentence for a problem that no page has a better one for. What the server says of it is English, and shown on English pages only. */
export function describeProblem(problem: Problem, words: SharedWords): string {
    switch (problem.kind) {
        case 'unreachable': return words.unreachable;
        case 'try-later': return words.try_later;
        case 'too-many':
        case 'too-many-requests': return words.too_many(problem.number('retry_after') ?? 60);
        case 'not-allowed': return words.not_allowed;
        case 'not-signed-in': return words.not_signed_in;
        case 'needs-assurance': return problem.text('assurance') === 'strong' ? words.needs_strong : words.needs_password;
        case 'too-large': return words.too_large;
        case 'bad-request': return `${words.bad_request} ${words.bad_field[problem.text('field')] ?? words.server_says(problem.text('detail'))}`.trim();
        default: return words.problems[problem.kind] ?? `${words.unexpected} ${words.server_says(problem.text('detail'))}`.trim();
    }
}

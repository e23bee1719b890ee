// What every part of the portal needs: the client of the administration API, and the words.

import { createContext } from 'preact';
import { useTongue } from '../shared/tongue';
import { AdminClient, type Administrator } from './api';
import { portal_words } from './words';

export const admin = new AdminClient();

/** Who is signed in, for pages that change what the session is. */
export const OwnSession = createContext<{ who: Administrator; change(who: Administrator): void }>({ who: { name: null }, change: () => {} });

export function usePortal() {
    const tongue = useTongue();
    return { ...tongue, words: portal_words[tongue.language] };
}

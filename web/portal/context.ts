// What every part of the portal needs: the client of the administration API, and the words.

import { useTongue } from '../shared/tongue';
import { AdminClient } from './api';
import { portal_words } from './words';

export const admin = new AdminClient();

export function usePortal() {
    const tongue = useTongue();
    return { ...tongue, words: portal_words[tongue.language] };
}

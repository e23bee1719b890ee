// What every part of the reader needs: the client of the service, and the words in the page's language.

import { ServiceClient } from '../shared/api';
import { renewWith } from '../shared/http';
import { useTongue } from '../shared/tongue';
import { reader_words } from './words';

export const service = new ServiceClient();
renewWith((problem, call) => service.renew(problem, call));

export function useReader() {
    const tongue = useTongue();
    return { ...tongue, words: reader_words[tongue.language] };
}

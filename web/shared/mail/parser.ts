// postal-mime, changed in one place. It makes parsers of its own for messages within messages, which a subclass would not reach:
// so a prototype is changed. What it has is in none of the types; the tests hold it to the version that is installed.

import PostalMime from 'postal-mime';
import { joinFlowed } from './flowed';

interface Part {
    contentType: { parsed?: { value: string | false } };
    decodeFlowedText(text: string, del_sp: boolean): string;
}

const parts = Object.getPrototypeOf((new PostalMime() as unknown as { root: Part }).root) as Part;

parts.decodeFlowedText = function (this: Part, text, del_sp) {
    // RFC 3676 §4 speaks of text/plain alone.
    return this.contentType.parsed?.value === 'text/plain' ? joinFlowed(text, del_sp) : text;
};

export { PostalMime };

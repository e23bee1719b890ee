// postal-mime, changed in two places. It makes parsers of its own for messages within messages, which a subclass would not reach:
// so its prototypes are changed. What they have is in none of its types; the tests hold it to the version that is installed.

import PostalMime from 'postal-mime';
import { joinFlowed } from './flowed';

interface Header {
    parsed?: { value: string | false; params: Readonly<Record<string, string>> };
}

interface Part {
    contentType: Header & { multipart?: string | false };
    contentDisposition: Header;
    parentNode?: Part;
    childNodes: readonly Part[];
    decodeFlowedText(text: string, del_sp: boolean): string;
}

interface Parser {
    root: Part;
    /** Asked once for each part, in the order of the message. */
    isInlineTextNode(part: Part): boolean;
}

const parsers = PostalMime.prototype as unknown as Parser;
const parts = Object.getPrototypeOf((new PostalMime() as unknown as Parser).root) as Part;

parts.decodeFlowedText = function (this: Part, text, del_sp) {
    // RFC 3676 §4 speaks of text/plain alone.
    return this.contentType.parsed?.value === 'text/plain' ? joinFlowed(text, del_sp) : text;
};

const isText = parsers.isInlineTextNode;
const first_texts = new WeakMap<Parser, Part>();

/** A text with the name of a file behind the message's own text is a file, also where it is not called an attachment. */
parsers.isInlineTextNode = function (this: Parser, part) {
    if (!isText.call(this, part)) return false;
    if (!first_texts.has(this)) first_texts.set(this, part);
    return !isNamed(part) || first_texts.get(this) === part || isBeginning(part);
};

function isNamed(part: Part): boolean {
    return Boolean(part.contentDisposition.parsed?.params['filename'] || part.contentType.parsed?.params['name']);
}

/** One of the forms of the message's own text, however deep in multiparts. */
function isBeginning(part: Part): boolean {
    const parent = part.parentNode;
    if (!parent) return true;
    return (parent.contentType.multipart === 'alternative' || parent.childNodes[0] === part) && isBeginning(parent);
}

export { PostalMime };

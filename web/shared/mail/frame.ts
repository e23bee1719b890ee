// A message's HTML made ready for its frame: isolate first, sanitise second. The frame is
// sandboxed without scripts, has an opaque origin and a policy of its own, and inherits the
// page's; DOMPurify's output is put into it whole and nothing touches it afterwards (renaming
// elements after sanitising is what broke other mail readers).

import DOMPurify, { type Config } from 'dompurify';
import { lookOf, type Look } from './look';
import { listTags, withoutComments } from './markup';
import type { Message, MessageFile } from './parse';
import { textOfNode, type TextNode } from './plain';

export const frame_sandbox = 'allow-popups allow-popups-to-escape-sandbox';

const frame_policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'";

const sanitiser: Config = {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'select', 'textarea', 'option', 'label', 'meta', 'base', 'link',
        'dialog', 'audio', 'video', 'source', 'track', 'map', 'area', 'picture', 'template', 'slot'],
    FORBID_ATTR: ['srcset', 'ping', 'target', 'id', 'name', 'class', 'background', 'poster', 'formaction', 'popover'],
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:)/i,
    // Every other attribute is held to be an address and, being none, dropped: tables of mails would fall apart.
    ADD_URI_SAFE_ATTR: ['align', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'clear', 'color', 'colspan', 'datetime', 'dir', 'face',
        'headers', 'height', 'high', 'lang', 'low', 'max', 'min', 'noshade', 'nowrap', 'optimum', 'reversed', 'rowspan', 'scope', 'size',
        'span', 'start', 'translate', 'type', 'valign', 'width', 'wrap'],
    RETURN_TRUSTED_TYPE: false,
};

/** Pictures that a mail may carry within it, by each name of their type. SVG is left out: it is a document, not a picture. */
const picture_types = new Map([
    ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'].map((type) => [type, type] as const),
    ['image/jpg', 'image/jpeg'], ['image/pjpeg', 'image/jpeg'], ['image/x-png', 'image/png'], ['image/x-ms-bmp', 'image/bmp'],
]);
const max_picture_bytes = 8 * 1024 * 1024;
/** Of all pictures together, as often as they are referred to: a frame has to stay one that a browser can hold. */
const max_inlined_characters = 48 * 1024 * 1024;

export interface FrameDocument {
    document: string;
    has_remote_content: boolean;
}

export function composeFrame(message: Message): FrameDocument {
    const html = message.html ?? '';
    const clean = isTooDeep(html) ? escapeMarkup(withoutTags(html)) : DOMPurify.sanitize(inlinePictures(html, message.files), sanitiser);
    return { document: wrap(clean, lookOf(html)), has_remote_content: hasRemoteContent(html) };
}

// The base element sends every link to a window of its own; a link opened so is "noopener" by
// the HTML standard, and the referrer policy makes it "noreferrer".
function wrap(clean: string, look: Look): string {
    const head = `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${frame_policy}">`
        + '<meta name="referrer" content="no-referrer"><base target="_blank"><title>-</title>';
    // Of a dark ground the browser has to know, for the colour of links.
    const whole = `${look.lang ? ` lang="${look.lang}"` : ''}${look.dir ? ` dir="${look.dir}"` : ''}${look.is_dark ? ' style="color-scheme:dark"' : ''}`;
    const style = `margin:0;padding:1rem;background:${look.background};color:${look.color};font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere`;
    return `<!doctype html><html${whole}><head>${head}</head><body style="${style}">${clean}</body></html>`;
}

/** A browser parses elements that stand in each other ever more slowly: some hundred thousand stop it for minutes. */
const max_open_elements = 2000;
/** Elements that nothing stands in, or that end by themselves. */
const may_stay_open = new Set(['area', 'base', 'br', 'col', 'hr', 'img', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr',
    'p', 'li', 'dt', 'dd', 'option', 'tr', 'td', 'th', 'thead', 'tbody', 'tfoot', 'colgroup']);

export function isTooDeep(html: string): boolean {
    const open = new Map<string, number>();
    let depth = 0;
    for (const [, end, written = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9:-]*)/gi)) {
        const name = written.toLowerCase();
        const count = open.get(name) ?? 0;
        if (may_stay_open.has(name) || (end && count === 0)) continue;
        open.set(name, end ? count - 1 : count + 1);
        depth += end ? -1 : 1;
        if (depth > max_open_elements) return true;
    }
    return false;
}

/** Of a document of its own, which loads nothing. */
export function textOf(html: string): string {
    if (isTooDeep(html)) return withoutTags(html);
    const body = DOMPurify.sanitize(html, { ...sanitiser, RETURN_DOM: true }) as TextNode | null;
    return body ? textOfNode(body) : '';
}

/** As its sender wrote it, or else what the formatted text says. */
export function plainTextOf(message: Message): string | null {
    return message.text?.trim() || message.html === null ? message.text : textOf(message.html);
}

function withoutTags(html: string): string {
    return html.replace(/<[^<>]*>/g, ' ');
}

function escapeMarkup(text: string): string {
    return text.replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));
}

/** Replaces cid: addresses before sanitising, since blob: pictures cannot load in an opaque origin. */
export function inlinePictures(html: string, files: readonly MessageFile[]): string {
    const made = new Map<MessageFile, string>();
    return placePictures(html, files, (file) => {
        const url = made.get(file) ?? dataUrl(file);
        made.set(file, url);
        return url;
    });
}

/** Files a person sees as attachments: all but the pictures that the HTML text itself shows. */
export function attachmentsOf(message: Message): MessageFile[] {
    const html = message.html ?? '';
    const shown = new Set<MessageFile>();
    const images = listTags(withoutComments(html), 'img').join('');
    if (!isTooDeep(html)) placePictures(images, message.files, (file) => (shown.add(file), ''));
    return message.files.filter((file) => !(file.inline && shown.has(file)));
}

function placePictures(html: string, files: readonly MessageFile[], put: (file: MessageFile) => string): string {
    const pictures = new Map<string, MessageFile>();
    for (const file of files) {
        if (file.content_id && picture_types.has(file.type) && file.bytes.length <= max_picture_bytes) {
            pictures.set(file.content_id, file);
        }
    }
    if (pictures.size === 0) return html;
    let left = max_inlined_characters;
    return html.replace(/([\s"'/]src\s*=\s*["']?)cid:([^"'\s>]+)/gi, (whole, before: string, id: string) => {
        const file = pictures.get(decodeId(id));
        if (!file || lengthOfUrl(file) > left) return whole;
        left -= lengthOfUrl(file);
        return before + put(file);
    });
}

function lengthOfUrl(file: MessageFile): number {
    return headOfUrl(file).length + 4 * Math.ceil(file.bytes.length / 3);
}

function headOfUrl(file: MessageFile): string {
    return `data:${picture_types.get(file.type) ?? ''};base64,`;
}

function decodeId(id: string): string {
    try {
        return decodeURIComponent(id);
    } catch {
        return id;
    }
}

function dataUrl(file: MessageFile): string {
    const pieces: string[] = [];
    for (let at = 0; at < file.bytes.length; at += 0x8000) {
        pieces.push(String.fromCharCode(...file.bytes.subarray(at, at + 0x8000)));
    }
    return headOfUrl(file) + btoa(pieces.join(''));
}

export function hasRemoteContent(html: string): boolean {
    // One class, not several in a row: a long run of spaces must not be gone through in every way that it can be parted.
    return /(?:src|srcset|background|poster)\s*=[\s"']*(?:https?:)?\/\//i.test(html) || /url\([\s"']*(?:https?:)?\/\//i.test(html);
}

interface TrustedPolicy {
    createHTML(text: string): string;
}

declare global {
    interface Window {
        trustedTypes?: { createPolicy(name: string, rules: { createHTML(text: string): string }): TrustedPolicy };
    }
}

// The one place where the pages make markup from text; the page's policy names it.
const policy: TrustedPolicy | undefined =
    typeof window === 'undefined'
        ? undefined
        : window.trustedTypes?.createPolicy('sealpost-message', { createHTML: (text) => text });

/** Shows the document in the frame. Only a document from composeFrame may be given. */
export function fillFrame(frame: HTMLIFrameElement, document: string): void {
    frame.srcdoc = policy ? policy.createHTML(document) : document;
}

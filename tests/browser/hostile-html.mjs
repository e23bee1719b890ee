// HTML that nobody would write, made at random from a seed, and what the frame of a message may hold of it (web/shared/mail/frame.ts).

const words = ['', 'a', 'Total', '&lt;b&gt;', '<!--', '-->', '<![CDATA[', ']]>', '</', '<', '>', '"', '\'', '</title><img src=x onerror=alert(1)>', '</style><script>alert(1)</script>'];
const names = ['div', 'p', 'b', 'a', 'a', 'img', 'table', 'td', 'font', 'ul', 'li', 'pre', 'h1', 'script', 'style', 'svg', 'math', 'mtext', 'mglyph', 'annotation-xml', 'foreignObject', 'title', 'desc', 'template',
    'noscript', 'iframe', 'object', 'embed', 'form', 'input', 'button', 'select', 'option', 'textarea', 'link', 'dialog', 'audio', 'video', 'source', 'map', 'area', 'body', 'html', 'xmp', 'x-y'];
const attributes = ['onclick="alert(1)"', 'onerror=alert(1)', 'ONLOAD=alert(1)', 'href="javascript:alert(1)"', 'href="java\nscript:alert(1)"', 'href=" &#106;avascript:alert(1)"', 'xlink:href="javascript:alert(1)"',
    'href="/portal"', 'href="data:text/html,x"', 'href="ftp://tracker.test/"', 'href="https://tracker.test/"', 'href="mailto:bob@partner.test"', 'src="/ingest"', 'src="javascript:alert(1)"', 'src="blob:https://tracker.test/1"',
    'srcset="https://tracker.test/2 2x"', 'srcdoc="<script>alert(1)</script>"', 'action="https://tracker.test/"', 'formaction="javascript:alert(1)"', 'target=_top', 'id=page', 'name=createElement', 'class=top',
    'ping="https://tracker.test/"', 'background="https://tracker.test/"', 'poster="https://tracker.test/"', 'popover', 'data-part=message', 'title="--><img src=x onerror=alert(1)>"', 'title="</title><script>"', 'dir=rtl', 'color=red', 'width=10'];

const kept_tags = new Set(['div', 'p', 'b', 'a', 'img', 'table', 'tbody', 'tr', 'td', 'font', 'ul', 'li', 'pre', 'h1']);
const lost_attributes = new Set(['srcset', 'srcdoc', 'ping', 'target', 'id', 'name', 'class', 'background', 'poster', 'action', 'formaction', 'popover', 'xlink:href']);

/** A function of numbers from 0 to `most` - 1: mulberry32. */
function makeDice(seed) {
    let state = seed;
    return (most) => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
    };
}

export function makeHostileHtml(seed) {
    const below = makeDice(seed);
    const one = (of) => of[below(of.length)];
    const some = (most, make) => Array.from({ length: below(most + 1) }, make);
    const element = (depth) => {
        const name = one(names);
        const inner = depth > 0 ? some(3, () => element(depth - 1)).join(one(words)) : one(words);
        return `<${name}${some(3, () => ` ${one(attributes)}`).join('')}${one(['>', '>', '>', '/>', ''])}${inner}${one([`</${name}>`, `</${name}>`, ''])}`;
    };
    // The first stands before anything that could swallow the rest.
    return `<p>seed ${seed}</p>${Array.from({ length: 20 }, () => element(4)).join('\n')}`;
}

/** What a sanitised document holds and should not. It was written by a browser, so tags have one form. */
export function findFaults(document) {
    const body = /<body style="[^"]*">([^]*)<\/body><\/html>$/.exec(document)?.[1];
    if (body === undefined) return ['no body'];
    const faults = [];
    const rest = body.replace(/<(\/?)([a-z][^\s<>"/]*)((?:\s[^\s=<>"]+="[^"]*")*)>/gi, (_, end, name, list) => {
        if (!kept_tags.has(name)) faults.push(`<${end}${name}>`);
        for (const [, attribute, value] of list.matchAll(/\s([^\s=]+)="([^"]*)"/g)) {
            const is_address = ['href', 'src', 'cite'].includes(attribute);
            const address = value.replace(/[\0- \u00a0]/g, '');
            const is_lost = /^on|^data-/.test(attribute) || lost_attributes.has(attribute);
            if (is_lost || (is_address && !/^(?:https?:|mailto:|tel:)/i.test(address))) faults.push(`${name} ${attribute}=${value}`);
        }
        return '';
    });
    if (rest.includes('<')) faults.push(`left over: ${rest.slice(rest.indexOf('<'), rest.indexOf('<') + 80)}`);
    return faults;
}

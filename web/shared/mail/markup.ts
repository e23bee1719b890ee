// What is looked for in a message's HTML as text, before it is sanitised. Everything here takes time that grows with the text alone:
// it may have been written to stop the page.

/** A comment without an end is left. */
export function withoutComments(html: string): string {
    const kept: string[] = [];
    let at = 0;
    for (;;) {
        const begin = html.indexOf('<!--', at);
        const end = begin < 0 ? -1 : html.indexOf('-->', begin + 4);
        if (end < 0) break;
        kept.push(html.slice(at, begin));
        at = end + 3;
    }
    kept.push(html.slice(at));
    return kept.join('');
}

/** Tags that open an element of that name, from their `<` to their `>`. */
export function listTags(html: string, name: string): string[] {
    return html.match(new RegExp(`<${name}(?=[\\s/>])[^<>]*>`, 'gi')) ?? [];
}

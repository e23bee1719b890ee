// Text in format=flowed made whole again: RFC 3676 §4. In time that grows with the text alone, however it is broken into lines.

/** `del_sp`: the space that marks a line as flowed is none of the text (§4.5). */
export function joinFlowed(text: string, del_sp: boolean): string {
    const lines: string[] = [];
    let pieces: string[] = [];
    let open_depth = -1;

    function end() {
        if (open_depth >= 0) lines.push(quoteOnce(pieces.join(''), open_depth));
        pieces = [];
        open_depth = -1;
    }
    for (const raw of text.split(/\r?\n/)) {
        const depth = countQuotes(raw);
        // §4.4: quote marks are told first, then the stuffed space is taken away.
        const line = raw.slice(raw.startsWith(' ', depth) ? depth + 1 : depth);
        // §4.5: a paragraph whose last line is flowed, before one of another depth, ends there all the same.
        if (depth !== open_depth) end();
        // §4.3: the line before a signature is neither fixed nor flowed, and belongs to no paragraph.
        const is_separator = line === '-- ';
        if (is_separator) end();
        const is_flowed = line.endsWith(' ') && !is_separator;
        pieces.push(is_flowed && del_sp ? line.slice(0, -1) : line);
        open_depth = depth;
        if (!is_flowed) end();
    }
    end();
    return lines.join('\n');
}

function countQuotes(line: string): number {
    let depth = 0;
    while (line.charAt(depth) === '>') depth += 1;
    return depth;
}

function quoteOnce(text: string, depth: number): string {
    if (depth === 0) return text;
    return text ? `${'>'.repeat(depth)} ${text}` : '>'.repeat(depth);
}

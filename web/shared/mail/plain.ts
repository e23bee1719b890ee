// The text of a formatted message, for those who want it plain, for print, and for the quote of an answer.

/** What of a sanitised document is needed here. */
export interface TextNode {
    readonly nodeName: string;
    readonly firstChild: TextNode | null;
    readonly nextSibling: TextNode | null;
    readonly parentNode: TextNode | null;
    readonly data?: string;
    getAttribute?(name: string): string | null;
}

/** Elements that stand on lines of their own, and how many line ends part them from their neighbours. */
const blocks = new Map([
    ...['P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'UL', 'OL', 'DL', 'BLOCKQUOTE', 'PRE', 'TABLE', 'HR'].map((name) => [name, 2] as const),
    ...['DIV', 'LI', 'DT', 'DD', 'TR', 'CAPTION', 'CENTER', 'ADDRESS', 'ARTICLE', 'ASIDE', 'DETAILS', 'SUMMARY', 'FIGURE', 'FIGCAPTION', 'FOOTER',
        'HEADER', 'MAIN', 'NAV', 'SECTION', 'HGROUP', 'FIELDSET', 'LEGEND'].map((name) => [name, 1] as const),
]);
/** Deeper quotes take no more marks: a message full of them would grow beyond what a browser can hold. */
const max_quotes = 9;
const max_breaks = 3;

/** Goes through the nodes without calling itself: they may stand in each other by the thousand. */
export function textOfNode(root: TextNode): string {
    const writer = new Writer();
    let node = root.firstChild;
    while (node) {
        const is_shown = writer.enter(node);
        if (is_shown && node.firstChild) {
            node = node.firstChild;
            continue;
        }
        if (is_shown) writer.leave(node);
        while (node && !node.nextSibling) {
            node = node.parentNode === root ? null : node.parentNode;
            if (node) writer.leave(node);
        }
        node = node?.nextSibling ?? null;
    }
    return writer.text();
}

const isCell = (name: string) => name === 'TD' || name === 'TH';

class Writer {
    private readonly pieces: string[] = [];
    /** What parts the next text from the last one. */
    private breaks = 0;
    private gap = '';
    private quotes = 0;
    /** Of a cell or an item: what stands first in it stands beside what is there already. */
    private at_start = false;
    private preformatted = 0;

    enter(node: TextNode): boolean {
        const name = node.nodeName;
        if (name === '#text') this.write(node.data ?? '');
        if (/display\s*:\s*none/i.test(node.getAttribute?.('style') ?? '')) return false;
        this.part(blocks.get(name) ?? 0);
        if (name === 'BR') this.breakLine();
        if (name === 'BLOCKQUOTE') this.quotes += 1;
        if (name === 'PRE') this.preformatted += 1;
        if (isCell(name) && this.breaks === 0) this.gap = '\t';
        if (name === 'LI') this.put('-');
        if (name === 'LI') this.gap = ' ';
        if (isCell(name) || name === 'LI') this.at_start = true;
        if (name === 'HR') this.put('---');
        if (name === 'IMG') this.write(node.getAttribute?.('alt') ?? '');
        return true;
    }

    leave({ nodeName: name }: TextNode): void {
        if (isCell(name) && !this.at_start) this.breaks = 0;
        if (isCell(name) || name === 'LI') this.at_start = false;
        this.part(blocks.get(name) ?? 0);
        if (name === 'BLOCKQUOTE') this.quotes -= 1;
        if (name === 'PRE') this.preformatted -= 1;
    }

    text(): string {
        return this.pieces.join('');
    }

    private part(breaks: number): void {
        if (!this.at_start) this.breaks = Math.max(this.breaks, breaks);
    }

    private breakLine(): void {
        if (!this.at_start) this.breaks = Math.min(this.breaks + 1, max_breaks);
    }

    private write(text: string): void {
        if (this.preformatted > 0) return this.writeLines(text);
        const words = text.replace(/[ \t\r\n\f]+/g, ' ');
        // Empty paragraphs are often made of one space that does not break.
        const is_empty = words.trim() === '';
        if (words.startsWith(' ') || (is_empty && words)) this.gap ||= ' ';
        if (is_empty) return;
        this.put(words.replace(/^ | $/g, ''));
        if (words.endsWith(' ')) this.gap = ' ';
    }

    private writeLines(text: string): void {
        text.split(/\r?\n/).forEach((line, index) => {
            if (index > 0) this.breakLine();
            if (line) this.put(line);
        });
    }

    private put(text: string): void {
        const is_first = this.pieces.length === 0;
        const begins_line = is_first || this.breaks > 0;
        if (!is_first) this.pieces.push(this.breaks > 0 ? '\n'.repeat(this.breaks) : this.gap);
        if (begins_line && this.quotes > 0) this.pieces.push(`${'>'.repeat(Math.min(this.quotes, max_quotes))} `);
        this.pieces.push(text);
        this.breaks = 0;
        this.gap = '';
        this.at_start = false;
    }
}

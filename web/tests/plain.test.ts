import { expect, test } from 'vitest';
import { textOfNode, type TextNode } from '../shared/mail/plain';

interface Made {
    nodeName: string;
    data?: string;
    firstChild: Made | null;
    nextSibling: Made | null;
    parentNode: Made | null;
    getAttribute?(name: string): string | null;
}

type Child = Made | string;

function make(name: string, attributes: Record<string, string>, ...children: Child[]): Made {
    const own: Made = { nodeName: name.toUpperCase(), firstChild: null, nextSibling: null, parentNode: null, getAttribute: (of) => attributes[of] ?? null };
    let last: Made | null = null;
    for (const child of children) {
        const node: Made = typeof child === 'string' ? { nodeName: '#text', data: child, firstChild: null, nextSibling: null, parentNode: null } : child;
        node.parentNode = own;
        if (last) last.nextSibling = node;
        else own.firstChild = node;
        last = node;
    }
    return own;
}
const tag = (name: string, ...children: Child[]) => make(name, {}, ...children);
const textOf = (...children: Child[]) => textOfNode(tag('body', ...children) as TextNode);

test('paragraphs stand apart, and white space is one space', () => {
    expect(textOf('\n', tag('p', ' Hello \n  Bob, '), '\n', tag('p', 'the ', tag('b', 'new'), ' offer', tag('i', '.')), '\n')).toBe('Hello Bob,\n\nthe new offer.');
});
test('lines end where they are broken', () => {
    expect(textOf('a', tag('br'), 'b', tag('div', 'c'), tag('div', tag('br')), tag('div', 'd'))).toBe('a\nb\nc\n\nd');
    expect(textOf('a', ...Array.from({ length: 20 }, () => tag('br')), 'b')).toBe('a\n\n\nb');
});
test('a table keeps its rows and cells apart', () => {
    const row = (...cells: string[]) => tag('tr', '\n ', ...cells.flatMap((cell) => [tag('td', cell), '\n ']));
    expect(textOf(tag('p', 'Invoice'), tag('table', tag('tbody', row('Paper', '12.00'), '\n', row('Ink', '7.50'))), 'Thanks')).toBe('Invoice\n\nPaper\t12.00\nInk\t7.50\n\nThanks');
});
test('paragraphs in cells and items part nothing', () => {
    const cell = (text: string) => tag('td', '\n', tag('p', text), '\n');
    expect(textOf(tag('table', tag('tr', cell('Paper'), cell('12.00')), tag('tr', cell('Ink'), cell('7.50'))))).toBe('Paper\t12.00\nInk\t7.50');
    expect(textOf(tag('ul', tag('li', tag('p', 'one'))), tag('p', 'two'))).toBe('- one\n\ntwo');
});
test('spaces that do not break stay within words', () => expect(textOf('12\u00a0', tag('b', 'kg'), tag('p', '\u00a0'), tag('p', 'end'))).toBe('12\u00a0kg\n\nend'));
test('lists, rules and pictures say what they are', () => {
    expect(textOf(tag('ul', tag('li', 'one'), tag('li', 'two')), tag('hr'), make('img', { alt: 'Acme' }), make('img', {}))).toBe('- one\n- two\n\n---\n\nAcme');
});
test('quotes are marked, and no line has more than nine marks', () => {
    expect(textOf('Yes.', tag('blockquote', tag('p', 'Is it?'), tag('blockquote', 'It is.')), 'Bye')).toBe('Yes.\n\n> Is it?\n\n>> It is.\n\nBye');
    let deep: Made = tag('blockquote', 'x');
    for (let level = 0; level < 50; level += 1) deep = tag('blockquote', deep);
    expect(textOf(deep)).toBe('>>>>>>>>> x');
});
test('preformatted text keeps its lines and spaces', () => expect(textOf(tag('pre', 'a  b\n  c'), 'd')).toBe('a  b\n  c\n\nd'));
test('what is hidden is left out', () => expect(textOf(make('div', { style: 'color:red; display: none' }, 'preview', tag('p', 'text')), tag('p', 'Hello'))).toBe('Hello'));
test('elements that stand in each other by the thousand are gone through', () => {
    let deep: Made = tag('div', 'the end');
    for (let level = 0; level < 100_000; level += 1) deep = tag('div', deep);
    expect(textOf(deep)).toBe('the end');
}, 4000);

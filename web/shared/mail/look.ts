// What a message says of its text as a whole, on <html> and <body>, which do not go into the frame: the direction, the language
// and the colours. Of what stands there only values of a known form are taken, and written anew.

import { listTags, withoutComments } from './markup';

type Colour = readonly [red: number, green: number, blue: number];

export interface Look {
    dir: 'rtl' | 'ltr' | null;
    lang: string | null;
    background: string;
    color: string;
    is_dark: boolean;
}

const white: Colour = [255, 255, 255];
const ink: Colour = [0x1d, 0x21, 0x29];
const chalk: Colour = [0xf4, 0xf4, 0xf4];  // what ink is on white, on black

const named = new Map<string, Colour>([
    ['black', [0, 0, 0]], ['silver', [192, 192, 192]], ['gray', [128, 128, 128]], ['grey', [128, 128, 128]], ['white', white], ['maroon', [128, 0, 0]],
    ['red', [255, 0, 0]], ['purple', [128, 0, 128]], ['fuchsia', [255, 0, 255]], ['green', [0, 128, 0]], ['lime', [0, 255, 0]], ['olive', [128, 128, 0]],
    ['yellow', [255, 255, 0]], ['navy', [0, 0, 128]], ['blue', [0, 0, 255]], ['teal', [0, 128, 128]], ['aqua', [0, 255, 255]],
]);

const max_tag_characters = 4000;

export function lookOf(html: string): Look {
    const text = withoutComments(html);
    const tags = ['body', 'html'].map((name) => (listTags(text, name)[0] ?? '').slice(0, max_tag_characters));
    const find = <T>(read: (tag: string) => T | null) => tags.map(read).find((value) => value !== null) ?? null;
    const colours = choose(find((tag) => colourOf(tag, 'bgcolor', /^background(?:-color)?$/)) ?? white, find((tag) => colourOf(tag, 'text', /^color$/)));
    return { dir: find(directionOf), lang: find(languageOf), ...colours };
}

/**
 * Where the style sheet of the message set the ground, which is not taken over, its letters alone might vanish. And a dark ground whose
 * letters it does not name is mostly the border of a white box, in which light ones would.
 */
function choose(ground: Colour, letters: Colour | null): Pick<Look, 'background' | 'color' | 'is_dark'> {
    const is_dark = contrast(chalk, ground) > contrast(ink, ground);
    if (letters && contrast(letters, ground) >= 3) return { background: format(ground), color: format(letters), is_dark };
    return { background: format(is_dark ? white : ground), color: format(ink), is_dark: false };
}

function attributeOf(tag: string, name: string): string | null {
    const match = new RegExp(`[\\s"'/]${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag);
    return match?.[1] ?? match?.[2] ?? match?.[3] ?? null;
}

/** The last value that the tag's style gives to a property. */
function styleOf(tag: string, property: RegExp): string | null {
    const values = (attributeOf(tag, 'style') ?? '').split(';').map((one) => one.split(':'))
        .filter(([name = '']) => property.test(name.trim().toLowerCase())).map(([, ...value]) => value.join(':'));
    return values.at(-1) ?? null;
}

function colourOf(tag: string, attribute: string, property: RegExp): Colour | null {
    const value = (styleOf(tag, property) ?? attributeOf(tag, attribute) ?? '').replace(/url\([^()]*\)/gi, '');
    if (/(?<!\brgb)\(/i.test(value)) return null;  // a gradient, a variable
    for (const word of value.match(/rgb\([^()]*\)|[#\w]+/gi) ?? []) {
        const colour = parseColour(word.toLowerCase());
        if (colour) return colour;
    }
    return null;
}

function parseColour(word: string): Colour | null {
    const hex = /^#?([0-9a-f]{6})$/.exec(word)?.[1] ?? /^#([0-9a-f]{3})$/.exec(word)?.[1]?.replace(/./g, '$&$&');
    if (hex) return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour;
    const parts = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(word);
    if (parts) return parts.slice(1).map((part) => Math.min(255, Number(part))) as unknown as Colour;
    return named.get(word) ?? null;
}

function format(colour: Colour): string {
    return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** As WCAG 2 counts it. */
export function contrast(one: Colour, other: Colour): number {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
    return (light + 0.05) / (dark + 0.05);
}

function luminance([red, green, blue]: Colour): number {
    const linear = (part: number) => (part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function directionOf(tag: string): 'rtl' | 'ltr' | null {
    const value = (attributeOf(tag, 'dir') ?? styleOf(tag, /^direction$/) ?? '').trim().toLowerCase();
    return value === 'rtl' || value === 'ltr' ? value : null;
}

function languageOf(tag: string): string | null {
    const value = attributeOf(tag, 'lang')?.trim() ?? '';
    return /^[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}$/i.test(value) ? value : null;
}

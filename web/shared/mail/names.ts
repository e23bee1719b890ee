// File names that come from outside, made harmless before a browser saves under them.

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// Controls, the separators of every system, and the marks that turn text around ("gpj.exe").
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff/\\:*?"<>|]/g;
const max_name_length = 120;
const turns = /[\u202a-\u202e\u2066-\u2069]/g;

/** Letters that are written from right to left: Hebrew, Arabic, Syriac and their kin. */
const leftward = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name of a person, so that it does not turn the address beside it around, neither by marks nor by its own letters. */
export function straightName(name: string): string {
    const plain = name.replace(turns, '');
    return leftward.test(plain) ? `\u2068${plain}\u2069` : plain;
}

export function safeFileName(name: string | null | undefined, fallback: string): string {
    let clean = withoutEnd((name ?? '').normalize('NFC').replace(unsafe, '_').trim().replace(/^\.+/, ''));
    if (clean.length > max_name_length) clean = shorten(clean);
    if (reserved.test(clean)) clean = `_${clean}`;
    return clean || fallback;
}

/** No dots and spaces at the end. Not by an expression: it would go through each long run of them once for every dot in it. */
function withoutEnd(name: string): string {
    let end = name.length;
    while (end > 0 && '. '.includes(name.charAt(end - 1))) end -= 1;
    return name.slice(0, end);
}

function shorten(name: string): string {
    const dot = name.lastIndexOf('.');
    const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
    return name.slice(0, max_name_length - extension.length) + extension;
}

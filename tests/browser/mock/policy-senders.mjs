// Senders of the host access table: what one line means, and which connecting hosts it covers. Less strict than
// the gateway where the pages cannot tell the difference.

const number4 = (text) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const shapes = {
    address: new RegExp(`^${octet}(?:\\.${octet}){3}$`),
    cidr: new RegExp(`^(${octet}(?:\\.${octet}){0,3})/(\\d|[12]\\d|3[0-2])$`),
    whole_range: new RegExp(`^(${octet}(?:\\.${octet}){3})-(${octet}(?:\\.${octet}){3})$`),
    last_range: new RegExp(`^((?:${octet}\\.){0,3})(${octet})-(${octet})$`),
    partial: new RegExp(`^(${octet}(?:\\.${octet}){0,2})\\.?$`),
    ipv6: /^[0-9a-f]*:[0-9a-f:.]*(?:\/\d{1,3}|-[0-9a-f]*:[0-9a-f:.]*)?$/i,
    name: /^\.?(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i,
    special: /^(?:dnslist\[[\w.-]+\]|country\[[A-Z]{2}\]|SBRS\[(?:none|-?\d+(?:\.\d+)?:-?\d+(?:\.\d+)?)\])$/i,
};

function rangeOf(text) {
    const fill = (prefix, with_octet) => [...prefix.split('.').filter(Boolean), ...Array(4)].slice(0, 4).map((part) => part ?? with_octet).join('.');
    let match;
    if (shapes.address.test(text)) return [number4(text), number4(text)];
    if ((match = shapes.cidr.exec(text))) {
        const size = 2 ** (32 - Number(match[2]));
        const low = Math.floor(number4(fill(match[1], 0)) / size) * size;
        return [low, low + size - 1];
    }
    if ((match = shapes.whole_range.exec(text))) return [number4(match[1]), number4(match[2])];
    if ((match = shapes.last_range.exec(text))) return [number4(fill(match[1] + match[2], 0)), number4(fill(match[1] + match[3], 255))];
    if ((match = shapes.partial.exec(text))) return [number4(fill(match[1], 0)), number4(fill(match[1], 255))];
    return null;
}

/** One written sender: {text, comment} or {why}. */
export function parseSender(written) {
    const annotated = /^(.*?)\s*(?:\(([^()]*)\))?$/.exec(written.trim());
    const text = (annotated?.[1] ?? '').trim();
    const comment = annotated?.[2]?.trim() ?? '';
    if (/[()]/.test(text)) return { why: 'Parentheses hold one comment, at the end of the line.' };
    if (text === '') return { why: 'There is no sender before the comment.' };
    if (text.includes('@')) return { why: 'Mail addresses cannot be senders: the table is read before MAIL FROM.', code: 'sender_is_address' };
    if (text === 'ALL') return { text, comment };
    const range = rangeOf(text);
    if (range && range[0] > range[1]) return { why: 'The range ends before it begins.', code: 'sender_range_backwards' };
    if (range || shapes.ipv6.test(text) || shapes.special.test(text)) return { text, comment };
    if (/^[\d./-]+$/.test(text)) return { why: 'An address has four octets from 0 to 255, a prefix at most 32 bits.', code: 'sender_no_ipv4' };
    if (!shapes.name.test(text)) return { why: 'Neither an address, a range, a host name nor a .suffix.', code: 'sender_unknown_form' };
    return { text: text.toLowerCase().replace(/\.$/, ''), comment };
}

/** The verdict on each pasted line; `present` is the set of texts that the group has. */
export function judgeLines(text, present) {
    const seen = new Set(present);
    const verdicts = [];
    text.split(/\r?\n/).forEach((line, index) => {
        const [, bare, remark] = /^([^#]*)(?:#(.*))?$/.exec(line);
        if (bare.trim() === '') return;
        const sender = parseSender(bare);
        const base = { line: index + 1, written: line.trim(), sender: sender.text ?? '', comment: sender.comment || remark?.trim() || '' };
        if (sender.why) verdicts.push({ ...base, result: 'refused', note: sender.why, note_code: sender.code, note_facts: { sender: JSON.stringify(bare.trim()) } });
        else if (seen.has(sender.text)) verdicts.push({ ...base, result: 'duplicate', note: 'It stands in the group already.', note_code: 'sender_in_group', note_facts: {} });
        else verdicts.push({ ...base, result: 'ok', note: noteOn(sender.text) });
        if (sender.text) seen.add(sender.text);
    });
    return verdicts;
}

function noteOn(text) {
    if (text.startsWith('.')) return `Covers every name below ${text.slice(1)}, not ${text.slice(1)} itself.`;
    const cidr = shapes.cidr.exec(text);
    if (cidr && cidr[1].split('.').length === 4 && rangeOf(text)[0] !== number4(cidr[1])) return 'Bits behind the prefix are ignored.';
    return '';
}

const compiled = new WeakMap();

function compile(senders) {
    const known = compiled.get(senders);
    if (known) return known;
    const table = { addresses: new Map(), names: new Map(), suffixes: new Map(), ranges: [], all: null };
    for (const sender of senders) {
        const range = rangeOf(sender.text);
        if (sender.text === 'ALL') table.all = sender;
        else if (range && range[0] === range[1]) table.addresses.set(range[0], sender);
        else if (range) table.ranges.push([...range, sender]);
        else if (sender.text.startsWith('.')) table.suffixes.set(sender.text, sender);
        else table.names.set(sender.text, sender);
    }
    compiled.set(senders, table);
    return table;
}

/** The sender that covers the host, or undefined. */
export function findSender(senders, ip, host) {
    const table = compile(senders);
    if (host) {
        const exact = table.names.get(host);
        if (exact) return exact;
        for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
            const found = table.suffixes.get(host.slice(dot));
            if (found) return found;
        }
    }
    if (shapes.address.test(ip)) {
        const value = number4(ip);
        const found = table.addresses.get(value) ?? table.ranges.find(([low, high]) => low <= value && value <= high)?.[2];
        if (found) return found;
    }
    return table.all ?? undefined;
}

export const isAddress = (text) => shapes.address.test(text);

// Every table and key of the policy document, read out of doc/spec/policy.md, so that a key which is new there
// is at once a field on the mock's pages, too.
import { readFileSync } from 'node:fs';

const spec = readFileSync(new URL('../../../doc/spec/policy.md', import.meta.url), 'utf8');

function parseValue(text) {
    if (/^".*"$|^\[.*\]$|^(true|false|-?\d+)$/.test(text)) return JSON.parse(text);
    return text;
}

/** "one of a|b; default "a"; example: x = "a"" → the facts of the key. */
function parseFacts(name, line) {
    const [, shape, rest, shown] = /^\s*(.*?); (required|no default|default .*?)(?:; example: (.*))?$/.exec(line) ?? [];
    if (!shape) throw new Error(`the facts of ${name} cannot be read: ${line}`);
    const [, least, most] = /from (-?\d+) to (-?\d+)/.exec(shape) ?? [];
    const choice = /^(?:one of|a list of) ([\w-]+(?:\|[\w-]+)+)/.exec(shape);
    const type = choice ? (shape.startsWith('a list') ? 'choices' : 'choice')
        : shape.startsWith('a list of') ? 'texts' : shape.startsWith('a number') ? 'number' : shape.startsWith('true or false') ? 'flag'
        : shape.startsWith('a size') ? 'size' : shape.startsWith('a duration') ? 'duration' : shape.startsWith('a domain') ? 'domain' : 'text';
    return {
        type, words: choice ? choice[1].split('|') : null, required: rest === 'required',
        fallback: rest.startsWith('default ') ? parseValue(rest.slice(8)) : null,
        example: shown ? parseValue(shown.slice(shown.indexOf(' = ') + 3)) : null,
        least: least === undefined ? null : Number(least), most: most === undefined ? null : Number(most),
    };
}

function readSections() {
    const sections = {};
    const block = spec.slice(spec.indexOf('[[mail_flow_policy]]  '));
    const lines = block.slice(0, block.indexOf('\n```')).split('\n');
    for (let i = 0; i < lines.length; i += 1) {
        const table = /^\[\[(\w+)\]\]/.exec(lines[i]);
        if (table) sections[table[1]] = [];
        const key = /^(\w+)\.(\w+)$/.exec(lines[i]);
        if (!key) continue;
        const doc = [];
        let facts;
        for (i += 1; facts === undefined; i += 1) {
            if (/; (required|no default|default )/.test(lines[i]) && !lines[i + 1]?.startsWith('    ')) facts = lines[i];
            else doc.push(lines[i].trim());
        }
        i -= 1;
        const [, section, name] = key;
        sections[section].push({ name, ...parseFacts(name, facts), doc: doc.join(' '), inherits: section === 'mail_flow_policy' && name !== 'name' && name !== 'behavior' });
    }
    return sections;
}

const key = (name, type, doc, more = {}) => ({ name, type, words: null, fallback: null, example: null, doc, required: false, least: null, most: null, inherits: false, ...more });
/** Tables that are in doc/spec/policy-api.md; what doc/spec/policy.md says of them counts more. */
const announced = {
    address_list: [
        key('name', 'text', 'The name by which policies call it.', { required: true, example: 'partners' }),
        key('comment', 'text', 'For people.'),
        key('addresses', 'texts', 'user@domain, user@, @domain, @.domain or user@[192.0.2.1].', { required: true, example: ['@partner.test'] }),
    ],
    bounce_profile: [
        key('name', 'text', 'The name by which destinations call it.', { required: true, example: 'default' }),
        key('max_retries', 'number', 'Then the message is returned.', { fallback: 100, example: 100, least: 0, most: 10000 }),
        key('max_age', 'duration', 'Then the message is returned.', { fallback: '3d', example: '3d' }),
    ],
    alias: [], masquerade: [], domain_map: [],
};

export const sections = { ...announced, ...readSections() };
/** listener_defaults takes every parameter that a policy inherits. */
const inherited = sections.mail_flow_policy.filter((one) => one.inherits);
sections.listener_defaults = [...sections.listener_defaults.filter((one) => !inherited.some((other) => other.name === one.name)), ...inherited];

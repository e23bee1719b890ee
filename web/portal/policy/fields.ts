// What a form holds while somebody types, and how that becomes values of the policy document and back.
// The checks are those that the gateway makes of a single key; everything else it says itself, as Problems.

/** A key as `GET sections/{section}` describes it (doc/spec/policy-api.md). */
export interface KeyFacts {
    name: string;
    type: string;
    words: readonly string[] | null;
    fallback: unknown;
    example?: unknown;
    doc: string;
    required: boolean;
    least: number | null;
    most: number | null;
    inherits: boolean;
}

export type Values = Readonly<Record<string, unknown>>;

/** Key → what stands in its field: lists one entry a line, flags "true" and "false". What is not there is left out. */
export type Draft = Readonly<Record<string, string>>;

export function formatValue(value: unknown): string {
    if (value === null || value === undefined) return '';
    return Array.isArray(value) ? value.join('\n') : String(value);
}

export function makeDraft(keys: readonly KeyFacts[], values: Values): Draft {
    const written = keys.filter((key) => values[key.name] !== undefined && values[key.name] !== null);
    return Object.fromEntries(written.map((key) => [key.name, formatValue(values[key.name])]));
}

export function linesOf(text: string): string[] {
    return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

/** An empty field leaves its key out; only a text that would be inherited may be written as empty. */
function isLeftOut(key: KeyFacts, text: string): boolean {
    return text.trim() === '' && !(key.inherits && (key.type === 'text' || key.type === 'texts'));
}

function parseValue(key: KeyFacts, text: string): unknown {
    switch (key.type) {
        case 'flag': return text === 'true';
        case 'number': return Number(text);
        case 'size':
        case 'duration': return /^\d+$/.test(text.trim()) ? Number(text) : text.trim();
        case 'texts':
        case 'choices': return linesOf(text);
        default: return text.trim();
    }
}

/**
 * The values that `POST edit` takes, of a draft without faults. Keys that the form does not know, and those that
 * nobody touched, stay as they were, spaces and all.
 */
export function makeValues(keys: readonly KeyFacts[], draft: Draft, before: Values = {}): Values {
    const known = new Set(keys.map((key) => key.name));
    const kept = Object.entries(before).filter(([name]) => !known.has(name));
    const typed = keys.flatMap((key): [string, unknown][] => {
        const [was, text] = [before[key.name], draft[key.name]];
        if (isUntouched(was, text)) return [[key.name, was]];
        return text === undefined || isLeftOut(key, text) ? [] : [[key.name, keepSpelling(was, parseValue(key, text))]];
    });
    return Object.fromEntries([...kept, ...typed]);
}

function isUntouched(before: unknown, text: string | undefined): boolean {
    return before !== undefined && before !== null && text === formatValue(before);
}

/** A list of one may be written as a bare string; what did not change stays as it was written. */
function keepSpelling(before: unknown, now: unknown): unknown {
    return before !== undefined && before !== null && formatValue(before) === formatValue(now) ? before : now;
}

export type FaultKind = 'required' | 'number' | 'size' | 'duration' | 'range' | 'word' | 'domain';

export interface Fault {
    kind: FaultKind;
    least: number | null;
    most: number | null;
}

const units: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const times: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

function parseWithUnit(text: string, known: Readonly<Record<string, number>>): number | null {
    const match = /^(\d{1,18})([a-z]?)$/i.exec(text.trim());
    if (!match) return null;
    const unit = match[2] ? known[match[2].toLowerCase()] : 1;
    return unit === undefined ? null : Number(match[1]) * unit;
}

/** Octets of "10M", seconds of "72h"; null when it is neither. */
export function parseQuantity(type: string, text: string): number | null {
    if (type === 'size') return parseWithUnit(text, units);
    if (type === 'duration') return parseWithUnit(text, times);
    return parseWithUnit(text, {});
}

function isDomain(text: string): boolean {
    return text.length <= 253 && text.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

/** The fault of one field, or null. */
export function findFault(key: KeyFacts, text: string | undefined): Fault | null {
    const fault = (kind: FaultKind): Fault => ({ kind, least: key.least, most: key.most || null });
    // Of a set that is full by default, an empty one would be taken for the default.
    const is_emptied = text === '' && key.type === 'choices' && Array.isArray(key.fallback) && key.fallback.length > 0;
    if (text === undefined || text.trim() === '') return key.required || is_emptied ? fault('required') : null;
    switch (key.type) {
        case 'number':
        case 'size':
        case 'duration': {
            const value = parseQuantity(key.type, text);
            if (value === null) return fault(key.type);
            return value < (key.least ?? 0) || (key.most && value > key.most) ? fault('range') : null;
        }
        case 'domain': return isDomain(text.trim()) ? null : fault('domain');
        case 'choice':
        case 'choices': return linesOf(text).every((word) => !key.words || key.words.includes(word)) ? null : fault('word');
        case 'flag': return text === 'true' || text === 'false' ? null : fault('word');
        default: return null;
    }
}

export function findFaults(keys: readonly KeyFacts[], draft: Draft): Map<string, Fault> {
    const found = keys.map((key) => [key.name, findFault(key, draft[key.name])] as const);
    return new Map(found.filter((pair): pair is readonly [string, Fault] => pair[1] !== null));
}

/** What is filled in where a sentence of the gateway names it. */
export type Facts = Readonly<Record<string, string>>;

/** What the gateway said about an entry (Problem in doc/spec/policy-api.md). */
export interface PlacedProblem {
    what: string;
    hint?: string | null;
    what_code?: string | null;
    what_facts?: Facts | null;
    hint_code?: string | null;
    hint_facts?: Facts | null;
    key?: string | null;
    section?: string | null;
    row?: string | null;
    field?: string | null;
}

/** Problems by the field that they concern; those that this form has no field for come apart. */
export function placeProblems(problems: readonly PlacedProblem[], section: string, keys: readonly KeyFacts[]): { fields: Map<string, PlacedProblem[]>; others: PlacedProblem[] } {
    const names = new Set(keys.map((key) => key.name));
    const fields = new Map<string, PlacedProblem[]>();
    const others: PlacedProblem[] = [];
    for (const problem of problems) {
        const is_here = !problem.section || problem.section === section;
        if (is_here && problem.field && names.has(problem.field)) fields.set(problem.field, [...(fields.get(problem.field) ?? []), problem]);
        else others.push(problem);
    }
    return { fields, others };
}

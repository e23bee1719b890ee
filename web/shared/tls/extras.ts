// DANE and MTA-STS as a test reports them. The lines are read leniently: what a page does not know it leaves out.

type Facts = Readonly<Record<string, unknown>>;

export interface Extra {
    state: 'good' | 'bad' | 'none';
    /** What to show beside the state, in the field's own terms. */
    lines: string[];
}

const good_words: ReadonlySet<unknown> = new Set(['ok', 'pass', 'valid', 'verified', 'good', 'usable', 'success', 'found', true]);
const none_words: ReadonlySet<unknown> = new Set(['none', 'absent', 'no_record', 'not_published', 'no_policy', 'insecure', 'not_secure', '', null, undefined]);

export function readExtra(given: unknown): Extra {
    if (typeof given !== 'object' || given === null) return { state: 'none', lines: [] };
    const facts = given as Facts;
    const said = facts['state'] ?? facts['status'] ?? facts['result'] ?? facts['verdict'] ?? (facts['mode'] !== undefined ? 'ok' : undefined);
    return { state: good_words.has(said) ? 'good' : none_words.has(said) ? 'none' : 'bad', lines: linesOf(facts) };
}

function linesOf(facts: Facts): string[] {
    return Object.entries(facts).flatMap(([name, value]) => {
        if (value === null || value === '' || value === undefined) return [];
        if (Array.isArray(value)) return value.slice(0, 20).map((one) => (typeof one === 'object' && one !== null ? plain(one as Facts) : `${name}: ${String(one)}`));
        return typeof value === 'object' ? [] : [`${name}: ${String(value)}`];
    });
}

function plain(facts: Facts): string {
    return Object.values(facts).filter((one) => one !== null && one !== '' && typeof one !== 'object').join(' · ');
}

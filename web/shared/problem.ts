// What a call to one of our servers can end in besides an answer: RFC 9457 problem details, named
// by the last part of their type ("wrong-code"), or "unreachable" when no answer came at all.

export class Problem extends Error {
    constructor(
        readonly kind: string,
        readonly status: number,
        readonly facts: Readonly<Record<string, unknown>> = {},
    ) {
        super(kind);
        this.name = 'Problem';
    }

    text(fact: string): string {
        const value = this.facts[fact];
        return typeof value === 'string' ? value : '';
    }

    number(fact: string): number | null {
        const value = this.facts[fact];
        return typeof value === 'number' && Number.isFinite(value) ? value : null;
    }

    list(fact: string): string[] {
        const value = this.facts[fact];
        return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
    }
}

export function asProblem(error: unknown): Problem {
    return error instanceof Problem ? error : new Problem('unexpected', 0, { detail: String(error) });
}

export async function readProblem(response: Response): Promise<Problem> {
    const facts: Record<string, unknown> = {};
    try {
        Object.assign(facts, await response.json());
    } catch {
        // An answer without problem details: the status alone must do.
    }
    const wait = Number(response.headers.get('Retry-After'));
    if (Number.isFinite(wait) && wait > 0) facts['retry_after'] = wait;
    const type = typeof facts['type'] === 'string' ? facts['type'] : '';
    const kind = type.split(':').pop() || kindOfStatus(response.status);
    return new Problem(kind, response.status, facts);
}

function kindOfStatus(status: number): string {
    switch (status) {
        case 401: return 'not-signed-in';
        case 403: return 'not-allowed';
        case 404: return 'not-found';
        case 413: return 'too-large';
        case 429: return 'too-many-requests';
        default: return status >= 500 ? 'try-later' : 'bad-request';
    }
}

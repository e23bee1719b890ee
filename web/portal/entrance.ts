// Signing in as an administrator, in one step or two, and what is said of a code that does not open.

import type { CodeKind, GivenCode } from '../shared/factors/code-form';
import { asProblem, type Problem } from '../shared/problem';
import type { AdminClient, Administrator } from './api';
import type { OwnWords } from './own/words';

export interface NameAndPassword {
    name: string;
    password: string;
}

/** Null: the password is right, and a code is needed, too; then once more with it. */
export async function enter(client: Pick<AdminClient, 'signIn'>, given: NameAndPassword): Promise<Administrator | null> {
    try {
        return await client.signIn(given.name.trim(), given.password);
    } catch (error) {
        if (asProblem(error).kind !== 'needs-second-factor') throw error;
        return null;
    }
}

export function enterWithCode(client: Pick<AdminClient, 'signIn'>, given: NameAndPassword, code: GivenCode): Promise<Administrator> {
    return client.signIn(given.name.trim(), given.password, code);
}

/** Null: the sentence that all pages have for the problem. */
export function describeCodeProblem(problem: Problem, kind: CodeKind, words: OwnWords): string | null {
    switch (problem.kind) {
        // Another session of theirs changed the factor, and ended this one as it began.
        case 'not-signed-in': return words.changed_meanwhile;
        case 'other-node': return words.other_node;
        // The key lies in a token or a file that is out of reach; recovery codes need none.
        case 'try-later': return kind === 'totp' ? words.app_later : null;
        default: return null;
    }
}

// A session that ends while somebody works: the call that meets it waits until its administrator has signed in again,
// so that what they typed stays and is submitted after all.

import type { Renewal } from '../shared/http';
import type { AdminClient, Administrator } from './api';

interface Door {
    /** Who is at work, by the page; null before anybody signed in. */
    name(): string | null;
    /** Shows the sign-in; resolves with whoever came in. */
    signInAgain(): Promise<Administrator>;
    /** Somebody else has signed in; the page is theirs now. */
    changeTo(other: Administrator): void;
}

/** Signing in itself: it would wait for itself. */
const session_path = '/api/v1/admin/session';

export function makeRenewal(client: Pick<AdminClient, 'whoAmI'>, door: Door): Renewal {
    let waiting: Promise<Administrator> | null = null;

    function signIn(): Promise<Administrator> {
        waiting ??= door.signInAgain().finally(() => { waiting = null; });
        return waiting;
    }

    return async (problem, call, path) => {
        if (path === session_path) return null;
        const is_over = problem.kind === 'not-signed-in';
        const name = door.name();
        if (!name || !(is_over || (problem.kind === 'not-allowed' && call.csrf !== undefined))) return null;
        // Another tab may have signed in already.
        let now = await client.whoAmI();
        if (!now.name) now = await signIn();
        if (now.name !== name) {
            door.changeTo(now);
            return null;
        }
        const csrf = now.csrf ?? null;
        return is_over || csrf !== call.csrf ? { csrf } : null;
    };
}

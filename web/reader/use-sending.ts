// How a reply, and a message that somebody begins, is sent: by whose session it must be, asked for again where that is over, and
// what went wrong.

import { useState } from 'preact/hooks';
import type { Transfer } from '../shared/http';
import { asProblem, Problem } from '../shared/problem';
import { useUpload, type Upload } from '../shared/upload';
import { keepFocus } from '../shared/use-call';
import type { Person } from './api';
import { service } from './context';

/** Writing takes longer than a session lasts, and another tab may begin another one. */
const to_prove_again = new Set(['not-signed-in', 'not-a-recipient', 'needs-assurance']);

/** A connection that broke before the answer came says nothing about what became of the message. */
function tellBroken(error: unknown): never {
    throw error instanceof Problem && error.kind === 'unreachable' ? new Problem('perhaps-sent', 0) : error;
}

export function isAbout(found: Problem, field: string): boolean {
    return found.kind === 'bad-request' && found.text('field') === field;
}

export interface Attempt<T> {
    isTheirs(person: Person): boolean;
    post(transfer: Transfer): Promise<T>;
    sent(answer: T): void;
    /** True where a field tells of it. */
    place(found: Problem): boolean;
}

export interface Sending {
    busy: boolean;
    problem: Problem | null;
    must_prove: boolean;
    upload: Upload;
    send<T>(attempt: Attempt<T>, has_proved: boolean): Promise<void>;
}

export function useSending(): Sending {
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const [must_prove, prove] = useState(false);
    const upload = useUpload();

    async function send<T>({ isTheirs, post, sent, place }: Attempt<T>, has_proved: boolean): Promise<void> {
        const goOn = keepFocus();
        wait(true);
        fail(null);
        prove(false);
        try {
            // Asked first, or the end of a session would be told only after all files were on their way.
            const { person } = await service.session();
            if (!person && has_proved) throw new Problem('no-cookie', 401);
            if (!person || !isTheirs(person)) throw new Problem('not-signed-in', 401);
            sent(await post(upload.begin()).catch(tellBroken));
        } catch (error) {
            const found = asProblem(error);
            if (to_prove_again.has(found.kind)) prove(true);
            else if (!place(found)) fail(found);
            upload.end();
            wait(false);
            goOn();
        }
    }
    return { busy, problem, must_prove, upload, send };
}

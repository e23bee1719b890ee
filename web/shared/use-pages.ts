// Lists that the server gives a page at a time. An answer counts only while nothing was asked after it, so that a late one
// does not take the place of a newer search's.

import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from './problem';

/** Begins a question; what comes back tells, when the answer is there, whether it is still the last one. */
export function useTurn(): () => () => boolean {
    const turn = useRef(0);
    return () => {
        const mine = (turn.current += 1);
        return () => mine === turn.current;
    };
}

export interface Pages<T> {
    /** Null until the first answer; those of a search that was are shown until the next has its own. */
    rows: T[] | null;
    has_more: boolean;
    busy: boolean;
    problem: Problem | null;
    /** From the first page anew. */
    load(): Promise<void>;
    /** Nothing while something is on its way: no page comes twice. */
    more(): Promise<void>;
    /** What is known of the rows without asking. */
    patch(change: (row: T) => T): void;
}

export interface Page<T> {
    rows: T[];
    next: number | null;
}

const most_empty_pages = 10;

/** A page can be empty and lead on, where the server looked at many rows of others: the next ones are asked for, too, for as
    long as somebody waits for them. */
export async function askForRows<T>(ask: (page: number) => Promise<Page<T>>, first: number, is_awaited: () => boolean): Promise<Page<T>> {
    let answer = await ask(first);
    for (let empty = 1; answer.rows.length === 0 && answer.next !== null && empty < most_empty_pages && is_awaited(); ++empty) {
        answer = await ask(answer.next);
    }
    return answer;
}

/** Asks from the first page when `keys` change. */
export function usePages<T>(ask: (page: number) => Promise<Page<T>>, keys: readonly unknown[]): Pages<T> {
    const begin = useTurn();
    const [rows, setRows] = useState<T[] | null>(null);
    const [next, setNext] = useState<number | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const [busy, wait] = useState(false);
    // Two clicks may come before the page is drawn again.
    const pending = useRef(false);

    async function turnTo(page: number) {
        const is_last = begin();
        pending.current = true;
        wait(true);
        fail(null);
        try {
            const answer = await askForRows(ask, page, is_last);
            if (!is_last()) return;
            setRows((known) => (page === 1 || !known ? answer.rows : [...known, ...answer.rows]));
            setNext(answer.next);
        } catch (error) {
            if (is_last()) fail(asProblem(error));
        }
        if (!is_last()) return;
        pending.current = false;
        wait(false);
    }

    useEffect(() => void turnTo(1), keys);
    const more = async () => {
        if (next !== null && !pending.current) await turnTo(next);
    };
    return { rows, has_more: next !== null, busy, problem, load: () => turnTo(1), more, patch: (change) => setRows((known) => known?.map(change) ?? null) };
}

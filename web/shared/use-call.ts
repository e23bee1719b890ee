// One call at a time, its failure kept beside the button that made it; and the focus, which a button that waits keeps.

import { useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from './problem';

function ignore(event: Event): void {
    event.preventDefault();
    event.stopImmediatePropagation();
}

/**
 * For a button while what it began is under way. Not `disabled`: browsers take the focus from a button that becomes so, and
 * whoever uses a keyboard or a screen reader begins at the top of the page again (WCAG 2.4.3).
 */
export function waiting(busy: boolean | undefined) {
    return busy ? { 'aria-disabled': true as const, onClickCapture: ignore } : {};
}

const headings = 'h1, h2, h3';

/** The closest of what stood around the button that is still there and has a heading: its heading says where one is. */
export function findRefuge<T extends Pick<Element, 'isConnected' | 'querySelector'>>(around: readonly T[]): HTMLElement | null {
    const place = around.find((one) => one.isConnected && one.querySelector(headings) !== null);
    return place?.querySelector<HTMLElement>(headings) ?? null;
}

/** Call it before something happens, and what it gives afterwards: the focus goes on where it was, should nothing else have taken it. */
export function keepFocus(): () => void {
    const before = document.activeElement;
    if (!(before instanceof HTMLElement) || before === document.body) return () => {};
    const around: Element[] = [];
    for (let one = before.parentElement; one && one !== document.body; one = one.parentElement) around.push(one);
    const settle = () => {
        const { activeElement } = document;
        if (activeElement && activeElement !== document.body) return;
        // Where somebody looks at something else, the page does not jump.
        if (before.isConnected) return before.focus({ preventScroll: true });
        const refuge = findRefuge(around);
        if (refuge && !refuge.hasAttribute('tabindex')) refuge.tabIndex = -1;
        refuge?.focus({ preventScroll: true });
    };
    // After the page was drawn with what has come.
    return () => void setTimeout(settle);
}

export function useCall() {
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    // A second click may come before the page shows what the first one did.
    const is_under_way = useRef(false);
    /** Whether it went well; false, too, while another one is under way. */
    async function call(action: () => Promise<void>): Promise<boolean> {
        if (is_under_way.current) return false;
        is_under_way.current = true;
        const goOn = keepFocus();
        wait(true);
        fail(null);
        try {
            await action();
            return true;
        } catch (error) {
            fail(asProblem(error));
            return false;
        } finally {
            is_under_way.current = false;
            wait(false);
            goOn();
        }
    }
    /** What it said belongs to a form that is gone. */
    const forget = () => fail(null);
    return { busy, problem, call, forget };
}

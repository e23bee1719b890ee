// Nobody leaves unasked what they typed and is nowhere else yet: neither the page nor, by a link within it, the form.

import { useLayoutEffect } from 'preact/hooks';

let unsaved = 0;

/** True when nothing would be lost, or whoever typed it does not mind. */
export function mayLeave(question: string): boolean {
    return unsaved === 0 || confirm(question);
}

export function useUnsaved(is_unsaved: boolean): void {
    // At once, not after the next frame: by then the person may be gone.
    useLayoutEffect(() => {
        if (!is_unsaved) return;
        const ask = (event: BeforeUnloadEvent) => {
            event.preventDefault();
            event.returnValue = true;  // for browsers that do not ask without it
        };
        unsaved += 1;
        addEventListener('beforeunload', ask);
        return () => {
            unsaved -= 1;
            removeEventListener('beforeunload', ask);
        };
    }, [is_unsaved]);
}

// The browser asks before it leaves a page on which something was typed that is nowhere else yet.

import { useEffect } from 'preact/hooks';

export function useUnsaved(is_unsaved: boolean): void {
    useEffect(() => {
        if (!is_unsaved) return;
        const ask = (event: BeforeUnloadEvent) => {
            event.preventDefault();
            event.returnValue = true;  // for browsers that do not ask without it
        };
        addEventListener('beforeunload', ask);
        return () => removeEventListener('beforeunload', ask);
    }, [is_unsaved]);
}

// What is hidden while a session has ended, with all that was typed in it.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** When it comes back, the focus is where it was. */
export function Behind(props: { is_hidden: boolean; children: ComponentChildren }) {
    const focused = useRef<Element | null>(null);
    if (props.is_hidden) focused.current ??= document.activeElement;
    useLayoutEffect(() => {
        if (props.is_hidden || !(focused.current instanceof HTMLElement)) return;
        focused.current.focus();
        focused.current = null;
    }, [props.is_hidden]);
    return <div hidden={props.is_hidden}>{props.children}</div>;
}

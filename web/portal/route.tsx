// Where in the portal the administrator is: the path of the address, and links that change it without loading
// the page anew.

import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import { usePlace } from '../shared/place';
import { useTongue } from '../shared/tongue';
import { mayLeave } from '../shared/unsaved';

export interface Route {
    path: string;
    /** What follows `?`, parsed. */
    query: URLSearchParams;
    go(target: string): void;
}

const Context = createContext<Route>({ path: '', query: new URLSearchParams(), go: () => {} });

export function Router(props: { children: ComponentChildren }) {
    const { place, go } = usePlace(() => location.pathname + location.search);
    const route = useMemo<Route>(() => {
        const [path = '', query = ''] = place.split('?');
        return { path, query: new URLSearchParams(query), go };
    }, [place]);
    return <Context.Provider value={route}>{props.children}</Context.Provider>;
}

export function useRoute(): Route {
    return useContext(Context);
}

/** The decoded parts of the path behind `root`; null when it is not below it. */
export function splitPath(path: string, root: string): string[] | null {
    if (path !== root && !path.startsWith(`${root}/`)) return null;
    return path.slice(root.length).split('/').filter(Boolean).map(decodePart);
}

function decodePart(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

/** A path of the portal with its parts escaped. */
export function joinPath(root: string, ...parts: string[]): string {
    return [root, ...parts.map(encodeURIComponent)].join('/');
}

interface LinkProps {
    to: string;
    class?: string;
    action?: string;
    current?: boolean;
    label?: string;
    children: ComponentChildren;
}

export function Link(props: LinkProps) {
    const { go } = useRoute();
    const { shared } = useTongue();
    function follow(event: MouseEvent) {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        if (mayLeave(shared.discard)) go(props.to);
    }
    return (
        <a href={props.to} class={props.class} data-action={props.action} aria-label={props.label} aria-current={props.current ? 'page' : undefined} onClick={follow}>
            {props.children}
        </a>
    );
}

// What every part of the demo's page needs: words, and the way from one view to another.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useTongue } from '../shared/tongue';
import type { DemoState } from './api';
import { inbox_words } from './words';

export interface World {
    state: DemoState;
    learn(state: DemoState): void;
    go(path: string): void;
}

export const WorldContext = createContext<World | null>(null);

export function useWorld(): World {
    const world = useContext(WorldContext);
    if (!world) throw new Error('used outside of the page');
    return world;
}

export function useInbox() {
    const tongue = useTongue();
    return { ...tongue, words: inbox_words[tongue.language] };
}

export type View =
    | { at: 'story' }
    | { at: 'write' }
    | { at: 'list'; address: string }
    | { at: 'message'; address: string; n: number };

export function viewOf(path: string): View {
    if (path === '/write') return { at: 'write' };
    const match = /^\/mail\/([^/]+)(?:\/(\d{1,9}))?\/?$/.exec(path);
    if (!match?.[1]) return { at: 'story' };
    const address = decodeURIComponent(match[1]);
    return match[2] ? { at: 'message', address, n: Number(match[2]) } : { at: 'list', address };
}

export function listPath(address: string): string {
    return `/mail/${encodeURIComponent(address)}`;
}

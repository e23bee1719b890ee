// The hosts of an SMTP route as a small table: "[priority] host[:port]", an IPv6 address in brackets when a
// port follows; or one of two words alone.

import { linesOf } from '../fields';

export type RouteKind = 'hosts' | 'dns' | 'drop';

export interface RouteHost {
    priority: string;
    host: string;
    port: string;
}

export function kindOfRoute(text: string): RouteKind {
    const lines = linesOf(text);
    if (lines.length === 1 && lines[0]?.toUpperCase() === 'USEDNS') return 'dns';
    return lines.length === 1 && lines[0] === '/dev/null' ? 'drop' : 'hosts';
}

/** Also of a line that somebody still types. */
export function parseHost(line: string): RouteHost {
    const [, priority = '', rest = ''] = /^\s*(?:(\d+)\s+)?(.*)$/.exec(line) ?? [];
    const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(rest);
    if (bracketed) return { priority, host: bracketed[1] ?? '', port: bracketed[2] ?? '' };
    const colons = rest.split(':').length - 1;
    if (colons !== 1) return { priority, host: rest, port: '' };
    const at = rest.indexOf(':');
    return { priority, host: rest.slice(0, at), port: rest.slice(at + 1) };
}

export function formatHost({ priority, host, port }: RouteHost): string {
    const named = host.includes(':') && port ? `[${host}]` : host;
    return `${priority ? `${priority} ` : ''}${named}${port ? `:${port}` : ''}`;
}

/** What is wrong with the hosts, or null: the first line that names none, a priority or port out of range. */
export function findHostFault(text: string): 'host' | 'priority' | 'port' | null {
    if (kindOfRoute(text) !== 'hosts') return null;
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
        const { priority, host, port } = parseHost(line);
        if (priority && Number(priority) > 65535) return 'priority';
        if (port && !(Number(port) > 0 && Number(port) <= 65535)) return 'port';
        if (!isHost(host)) return 'host';
    }
    return null;
}

function isHost(text: string): boolean {
    if (/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text)) return true;
    return text.length <= 253 && text.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

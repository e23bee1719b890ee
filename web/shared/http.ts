// One way to call our own servers: JSON in, JSON out, every failure a Problem.

import { Problem, readProblem } from './problem';

export interface Call {
    method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
    json?: unknown;
    form?: FormData;
    csrf?: string | null;
    /** Of a call that may be made again when its answer was lost: draft-ietf-httpapi-idempotency-key-header. */
    key?: string;
}

/** What a refused call is made again with; null where that is of no use. */
export type Renewal = (problem: Problem, call: Call) => Promise<{ csrf: string | null } | null>;

let renew: Renewal | null = null;

/** For pages that people sign in to: asked once about a call that was refused, since a session may have ended, or begun anew in another tab. */
export function renewWith(renewal: Renewal | null): void {
    renew = renewal;
}

export async function request(path: string, call: Call = {}): Promise<Response> {
    try {
        return await requestOnce(path, call);
    } catch (error) {
        const renewed = error instanceof Problem && renew ? await renew(error, call) : null;
        if (!renewed) throw error;
        return requestOnce(path, call.csrf === undefined ? call : { ...call, csrf: renewed.csrf });
    }
}

async function requestOnce(path: string, call: Call): Promise<Response> {
    // Sentences that a server phrases come in the language that the page speaks.
    const headers = new Headers({ Accept: 'application/json', 'Accept-Language': document.documentElement.lang || 'en' });
    const init: RequestInit = { method: call.method ?? 'GET', headers, credentials: 'same-origin', cache: 'no-store' };
    if (call.csrf) headers.set('X-CSRF-Token', call.csrf);
    if (call.key) headers.set('Idempotency-Key', `"${call.key}"`);
    if (call.json !== undefined) {
        headers.set('Content-Type', 'application/json');
        init.body = JSON.stringify(call.json);
    } else if (call.form) {
        init.body = call.form;
    }
    let response: Response;
    try {
        response = await fetch(path, init);
    } catch (error) {
        throw new Problem('unreachable', 0, { detail: String(error) });
    }
    if (!response.ok) throw await readProblem(response);
    return response;
}

export async function ask<T>(path: string, call: Call = {}): Promise<T> {
    const response = await request(path, call);
    return (await response.json()) as T;
}

export async function tell(path: string, call: Call): Promise<void> {
    await request(path, call);
}

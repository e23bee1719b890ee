// One way to call our own servers: JSON in, JSON out, every failure a Problem.

import { Problem, readProblem } from './problem';

export interface Call {
    method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
    json?: unknown;
    form?: FormData;
    csrf?: string | null;
    /** Of a call that may be made again when its answer was lost: draft-ietf-httpapi-idempotency-key-header. */
    key?: string;
    /** For what may take long to send. */
    sending?: Transfer | undefined;
}

export interface Transfer {
    /** How much of it is sent, from 0 to 1. */
    tell(part: number): void;
    /** Gives up: the call ends in the problem "given-up". */
    signal: AbortSignal;
}

/** What a refused call is made again with; null where that is of no use. */
export type Renewal = (problem: Problem, call: Call, path: string) => Promise<{ csrf: string | null } | null>;

let renew: Renewal | null = null;

/** For pages that people sign in to: asked once about a call that was refused, since a session may have ended, or begun anew in another tab. */
export function renewWith(renewal: Renewal | null): void {
    renew = renewal;
}

export async function request(path: string, call: Call = {}): Promise<Response> {
    try {
        return await requestOnce(path, call);
    } catch (error) {
        const renewed = error instanceof Problem && renew ? await renew(error, call, path) : null;
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
        response = call.sending ? await send(path, init, headers, call.sending) : await fetch(path, init);
    } catch (error) {
        if (call.sending?.signal.aborted) throw new Problem('given-up', 0);
        throw new Problem('unreachable', 0, { detail: String(error) });
    }
    if (!response.ok) throw await readProblem(response);
    return response;
}

/** As fetch does, which tells of nothing before the answer. */
function send(path: string, init: RequestInit, headers: Headers, sending: Transfer): Promise<Response> {
    return new Promise((resolve, reject) => {
        // Stopped while `renew` was at work: a signal that is aborted already tells no listener.
        sending.signal.throwIfAborted();
        const call = new XMLHttpRequest();
        call.open(init.method ?? 'GET', path);
        call.responseType = 'arraybuffer';
        headers.forEach((value, name) => call.setRequestHeader(name, value));
        call.upload.onprogress = (event) => sending.tell(event.total > 0 ? event.loaded / event.total : 0);
        call.upload.onload = () => sending.tell(1);
        call.onload = () => {
            const answer = new Headers();
            for (const name of ['Content-Type', 'Retry-After']) answer.set(name, call.getResponseHeader(name) ?? '');
            resolve(new Response(call.status === 204 ? null : (call.response as ArrayBuffer), { status: call.status, headers: answer }));
        };
        call.onerror = () => reject(new TypeError('the connection broke'));
        call.onabort = () => reject(new TypeError('given up'));
        sending.signal.addEventListener('abort', () => call.abort(), { once: true });
        call.send(init.body as XMLHttpRequestBodyInit);
    });
}

/** Undefined where there is no body. typed.ts asks by the OpenAPI documents; this is for calls that none describes. */
export async function ask<T>(path: string, call: Call = {}): Promise<T> {
    const text = await (await request(path, call)).text();
    return (text ? JSON.parse(text) : undefined) as T;
}

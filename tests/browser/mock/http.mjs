// The little of an HTTP server that the mock needs: routes, JSON, problems, the built pages.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = process.env.SEALPOST_WEB_OUT ?? fileURLToPath(new URL('../../../web/dist', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const assets_header = await readFile(fileURLToPath(new URL('../../../src/serve/pages/assets.hpp', import.meta.url)), 'utf8');
const policy_text = assets_header.slice(assets_header.indexOf('content_security_policy ='));
/** The very policy that the real service sends, read from its header. */
export const policy = [...policy_text.slice(0, policy_text.indexOf(';\n')).matchAll(/"([^"]*)"/g)].map((match) => match[1]).join('');

export class Answer extends Error {
    constructor(status, body, headers = {}) {
        super(`answer ${status}`);
        Object.assign(this, { status, body, headers });
    }
}

export const json = (status, value, headers = {}) => new Answer(status, JSON.stringify(value), { 'Content-Type': 'application/json', ...headers });
export const problem = (status, kind, facts = {}, headers = {}) =>
    new Answer(status, JSON.stringify({ type: `urn:sealpost:problem:${kind}`, title: kind, status, ...facts }), { 'Content-Type': 'application/problem+json', ...headers });

export async function page(name) {
    const bytes = await readFile(join(dist, name, 'index.html'));
    return new Answer(200, bytes, { 'Content-Type': types['.html'], 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' });
}

async function asset(path) {
    const file = normalize(join(dist, path));
    if (!file.startsWith(join(dist, 'assets'))) throw problem(404, 'not-found');
    return new Answer(200, await readFile(file), { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
}

/** routes: [method, RegExp, async (request) => Answer]. request: {url, params, headers, body(), json(), form()} */
export function listen(routes, port) {
    const server = createServer(async (incoming, outgoing) => {
        const answer = await route(routes, incoming).catch((error) => (error instanceof Answer ? error : (console.error(error), problem(500, 'try-later'))));
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.end(answer.body);
    });
    return new Promise((done) => server.listen(port, 'localhost', () => done(server)));
}

async function route(routes, incoming) {
    const url = new URL(incoming.url, 'http://localhost');
    if (incoming.method === 'GET' && url.pathname.startsWith('/assets/')) return asset(url.pathname);
    for (const [method, pattern, run] of routes) {
        const match = pattern.exec(url.pathname);
        if (method !== incoming.method || !match) continue;
        const body = async () => {
            const pieces = [];
            for await (const piece of incoming) pieces.push(piece);
            return Buffer.concat(pieces);
        };
        const form = async () => new Response(await body(), { headers: { 'Content-Type': incoming.headers['content-type'] } }).formData();
        return run({ method, url, headers: incoming.headers, params: match.slice(1).map(decodeURIComponent), body, form, json: async () => JSON.parse(String(await body()) || '{}') });
    }
    return problem(404, 'not-found');
}

export const readBytes = async (file) => Buffer.from(await file.arrayBuffer());

// Calls as an OpenAPI document states them: `paths` and all that is asked and answered are generated from it (generated/).
// What the document does not know does not compile.

import { ask, request, type Call, type Transfer } from './http';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The paths of a document that take the method. */
type PathFor<Paths, M extends Method> = {
    [P in keyof Paths]: Paths[P] extends Record<Lowercase<M>, unknown> ? P : never;
}[keyof Paths] & string;

export type Operation<Paths, M extends Method, P extends keyof Paths> = Paths[P] extends Record<Lowercase<M>, infer O> ? O : never;

type ParametersIn<O, Place extends string> = O extends { parameters: { [name in Place]?: infer All } } ? NonNullable<All> : never;

/** What may be left out may be undefined, too: neither a query nor JSON then has it. Lists are read only. */
type Given<T> = { [Name in keyof T]: ReadOnly<T[Name]> | ({} extends Pick<T, Name> ? undefined : never) };
type ReadOnly<T> = T extends (infer Item)[] ? readonly Item[] : T;

type PathPart<O> = [ParametersIn<O, 'path'>] extends [never] ? { path?: never } : { path: ParametersIn<O, 'path'> };

type QueryPart<O> = [ParametersIn<O, 'query'>] extends [never] ? { query?: never }
    : {} extends ParametersIn<O, 'query'> ? { query?: Given<ParametersIn<O, 'query'>> } : { query: Given<ParametersIn<O, 'query'>> };

type Content<T, Type extends string> = T extends { content: { [name in Type]: infer Body } } ? Body : never;

type BodyOf<O> = O extends { requestBody?: infer Body } ? NonNullable<Body> : never;
type JsonOf<O> = Content<BodyOf<O>, 'application/json'>;
type FormOf<O> = [Content<BodyOf<O>, 'multipart/form-data'>] extends [never] ? never : FormData;

type BodyPart<O> = [BodyOf<O>] extends [never] ? { json?: never; form?: never }
    : [JsonOf<O>] extends [never] ? { json?: never; form: FormOf<O> }
    : O extends { requestBody: unknown } ? { json: Given<JsonOf<O>>; form?: never } : { json?: Given<JsonOf<O>>; form?: never };

type HeaderNames<O> = [ParametersIn<O, 'header'>] extends [never] ? never : keyof ParametersIn<O, 'header'>;

/** Where the document names the token of the session, a call must say which. */
type HeaderPart<O> =
    ('X-CSRF-Token' extends HeaderNames<O> ? { csrf: string | null } : { csrf?: never })
    & ('Idempotency-Key' extends HeaderNames<O> ? { key?: string } : { key?: never });

type TypedCall<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & HeaderPart<O> & { sending?: Transfer | undefined };

/** A call that needs nothing has nothing. */
type Arguments<O> = {} extends TypedCall<O> ? [call?: TypedCall<O>] : [call: TypedCall<O>];

type Success = 200 | 201 | 202 | 204;

/** Of JSON what it holds, of an empty answer nothing; whatever else comes is for `request`. */
type AnswerOf<T> = T extends { content: Record<string, unknown> } ? Content<T, 'application/json'> : void;

export type Answer<O> = O extends { responses: infer All } ? { [Status in keyof All & Success]: AnswerOf<All[Status]> }[keyof All & Success] : never;

export interface Api<Paths> {
    ask<M extends Method, P extends PathFor<Paths, M>>(method: M, path: P, ...call: Arguments<Operation<Paths, M, P>>): Promise<Answer<Operation<Paths, M, P>>>;
    /** For answers that are no JSON. */
    request<M extends Method, P extends PathFor<Paths, M>>(method: M, path: P, ...call: Arguments<Operation<Paths, M, P>>): Promise<Response>;
}

interface AnyCall extends Omit<Call, 'method'> {
    path?: Record<string, string | number>;
    query?: Record<string, string | number | boolean | undefined>;
}

function fill(template: string, parameters: AnyCall['path'] = {}): string {
    return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
}

function search(query: AnyCall['query'] = {}): string {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
    return String(given) && `?${given}`;
}

/** The call as http.ts makes it. */
function resolve(method: Method, template: string, { path, query, ...call }: AnyCall = {}): [path: string, call: Call] {
    return [fill(template, path) + search(query), { ...call, method }];
}

const calls = {
    ask: (...given: Parameters<typeof resolve>) => ask(...resolve(...given)),
    request: (...given: Parameters<typeof resolve>) => request(...resolve(...given)),
};

/** The calls of a document, by its generated `paths`. */
export function callsOf<Paths>(): Api<Paths> {
    return calls as Api<Paths>;
}

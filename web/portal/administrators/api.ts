// The calls by which administrators manage each other (doc/spec/key-api.md, "Administrators"), typed.

import type { components, paths } from '../../generated/administrators';
import { callsOf } from '../../shared/typed';
import { admin } from '../context';

type Schemas = components['schemas'];

export type Administrators = Schemas['Administrators'];
export type ManagedAdministrator = Schemas['ManagedAdministrator'];
export type NewPassword = Schemas['NewPassword'];
export type Duties = Pick<ManagedAdministrator, 'account' | 'node'>;

const node = callsOf<paths>();
const all = '/api/v1/admin/administrators';
const one = `${all}/{name}` as const;

/* `id` ("administrator:2") takes one whatever the name is. */

export function listAdministrators(): Promise<Administrators> {
    return node.ask('GET', all);
}

export function addAdministrator(name: string, duties: Duties): Promise<NewPassword> {
    return node.ask('POST', all, { json: { name, ...duties }, csrf: admin.token() });
}

export function changeDuties(id: string, duties: Duties): Promise<ManagedAdministrator> {
    return node.ask('PUT', one, { path: { name: id }, json: duties, csrf: admin.token() });
}

export function switchSignIn(id: string, enabled: boolean): Promise<ManagedAdministrator> {
    return node.ask('PUT', `${one}/enabled`, { path: { name: id }, json: { enabled }, csrf: admin.token() });
}

export function makePassword(id: string): Promise<NewPassword> {
    return node.ask('POST', `${one}/password`, { path: { name: id }, csrf: admin.token() });
}

export function removeFactors(id: string): Promise<ManagedAdministrator> {
    return node.ask('DELETE', `${one}/factors`, { path: { name: id }, csrf: admin.token() });
}

export function removeAdministrator(id: string): Promise<void> {
    return node.ask('DELETE', one, { path: { name: id }, csrf: admin.token() });
}

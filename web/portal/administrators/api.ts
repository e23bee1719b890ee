// The calls by which administrators manage each other (doc/spec/key-api.md, "Administrators"), typed.

import { ask, tell } from '../../shared/http';
import { admin } from '../context';

export interface ManagedAdministrator {
    name: string;
    account: string | null;
    node: boolean;
    enabled: boolean;
    /** The one who is signed in. */
    own: boolean;
}

export interface NewPassword extends ManagedAdministrator {
    password: string;
}

export interface Administrators {
    administrators: ManagedAdministrator[];
    /** Those that this administrator may give. */
    accounts: string[];
    may_give_node: boolean;
}

export interface Duties {
    account: string | null;
    node: boolean;
}

const root = '/api/v1/admin/administrators';
const pathOf = (name: string) => `${root}/${encodeURIComponent(name)}`;

export function listAdministrators(): Promise<Administrators> {
    return ask(root);
}

export function addAdministrator(name: string, duties: Duties): Promise<NewPassword> {
    return ask(root, { method: 'POST', json: { name, ...duties }, csrf: admin.token() });
}

export function changeDuties(name: string, duties: Duties): Promise<ManagedAdministrator> {
    return ask(pathOf(name), { method: 'PUT', json: duties, csrf: admin.token() });
}

export function switchSignIn(name: string, enabled: boolean): Promise<ManagedAdministrator> {
    return ask(`${pathOf(name)}/enabled`, { method: 'PUT', json: { enabled }, csrf: admin.token() });
}

export function makePassword(name: string): Promise<NewPassword> {
    return ask(`${pathOf(name)}/password`, { method: 'POST', csrf: admin.token() });
}

export function removeAdministrator(name: string): Promise<void> {
    return tell(pathOf(name), { method: 'DELETE', csrf: admin.token() });
}

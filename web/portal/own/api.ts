// The calls by which administrators look after their own second factor (doc/spec/key-api.md), typed.

import type { components, paths } from '../../generated/administrators';
import { callsOf } from '../../shared/typed';
import type { Administrator } from '../api';
import { admin } from '../context';

type Schemas = components['schemas'];

export type OwnFactors = Schemas['OwnFactors'];

const node = callsOf<paths>();
const app = '/api/v1/admin/totp';

export function loadFactors(): Promise<OwnFactors> {
    return node.ask('GET', '/api/v1/admin/factors');
}

export function beginApp(): Promise<Schemas['AppOffer']> {
    return node.ask('POST', app, { csrf: admin.token() });
}

/** The session goes on under another cookie and another token. */
export async function confirmApp(code: string): Promise<Administrator> {
    return admin.remember(await node.ask('PUT', app, { json: { code }, csrf: admin.token() }));
}

export function removeApp(): Promise<void> {
    return node.ask('DELETE', app, { csrf: admin.token() });
}

export async function makeRecoveryCodes(): Promise<string[]> {
    return (await node.ask('POST', '/api/v1/admin/recovery-codes', { csrf: admin.token() })).codes;
}

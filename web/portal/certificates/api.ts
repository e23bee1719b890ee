// The certificates of a node as doc/spec/certificates-api.md states them.

import type { components, paths } from '../../generated/certificates';
import { callsOf } from '../../shared/typed';

type Schemas = components['schemas'];

export type Entry = Schemas['Entry'];
/** `none`: nothing is installed, or what is cannot be read; `finding` says why. */
export type EntryState = Entry['state'];
export type Finding = Schemas['Finding'];
export type Material = Schemas['Material'];
export type RequestOrder = Required<Schemas['RequestOrder']>;
export type Subject = Required<RequestOrder['subject']>;
export type KeyType = RequestOrder['key_type'];

const node = callsOf<paths>();
const one = '/api/v1/certificates/{name}';

/** `csrf` gives the token of the administrator's session. */
export class CertificatesClient {
    constructor(private readonly csrf: () => string | null) {}

    async list(): Promise<Entry[]> {
        return (await node.ask('GET', '/api/v1/certificates')).certificates;
    }

    entry(name: string): Promise<Entry> {
        return node.ask('GET', one, { path: { name } });
    }

    request(name: string, order: RequestOrder): Promise<Entry> {
        return node.ask('POST', `${one}/request`, { path: { name }, json: order, csrf: this.csrf() });
    }

    check(name: string, material: Material): Promise<Finding> {
        return node.ask('POST', `${one}/check`, { path: { name }, json: material, csrf: this.csrf() });
    }

    install(name: string, material: Material): Promise<Entry> {
        return node.ask('POST', `${one}/install`, { path: { name }, json: material, csrf: this.csrf() });
    }

    renew(name: string): Promise<void> {
        return node.ask('POST', `${one}/renew`, { path: { name }, csrf: this.csrf() });
    }
}

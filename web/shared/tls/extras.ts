// DANE and MTA-STS as a test reports them (`sealpost tls test`).

import type { Schemas } from '../service';

export type DaneReport = Schemas['Dane'];
export type StsReport = Schemas['MtaSts'];

export type ExtraLook = 'good' | 'warn' | 'bad' | 'none';

export const dane_looks: Record<DaneReport['status'], ExtraLook> = { none: 'none', unsigned: 'none', usable: 'good', invalid: 'bad', failed: 'bad' };
const sts_looks: Record<StsReport['status'], ExtraLook> = { none: 'none', ok: 'good', problem: 'bad' };

/** A policy that is being tested protects nobody yet, and stops nobody either, whatever is wrong with it (RFC 8461 §5). */
export function lookOfSts({ status, mode }: Pick<StsReport, 'status' | 'mode'>): ExtraLook {
    if (status !== 'none' && mode === 'testing') return 'warn';
    return sts_looks[status] ?? 'bad';
}

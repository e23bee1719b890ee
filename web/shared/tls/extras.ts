// DANE and MTA-STS as a test reports them (`sealpost tls test`).

export interface DaneReport {
    status: 'none' | 'unsigned' | 'usable' | 'invalid' | 'failed';
    hosts: { mx: string; tlsa: string[]; verdict: 'unsigned' | 'none' | 'unusable' | 'failed' | 'untested' | 'ok' | 'mismatch' }[];
}

export interface StsReport {
    status: 'none' | 'ok' | 'problem';
    mode: 'enforce' | 'testing' | 'none' | null;
    max_age: number | null;
    mx: string[];
    problem: string | null;
    /** MX hosts that the policy does not list. */
    uncovered: string[];
}

export type ExtraLook = 'good' | 'warn' | 'bad' | 'none';

export const dane_looks: Record<DaneReport['status'], ExtraLook> = { none: 'none', unsigned: 'none', usable: 'good', invalid: 'bad', failed: 'bad' };
const sts_looks: Record<StsReport['status'], ExtraLook> = { none: 'none', ok: 'good', problem: 'bad' };

/** A policy that is being tested protects nobody yet, and stops nobody either, whatever is wrong with it (RFC 8461 §5). */
export function lookOfSts({ status, mode }: Pick<StsReport, 'status' | 'mode'>): ExtraLook {
    if (status !== 'none' && mode === 'testing') return 'warn';
    return sts_looks[status] ?? 'bad';
}

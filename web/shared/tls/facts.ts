// What the service says of TLS: certificates, tests of hosts and domains (doc/spec/domain-tests-api.md,
// doc/spec/certificates-api.md).

import type { DaneReport, StsReport } from './extras';

/** What a test finds at one address of a mail host; named as the program names them (src/wire/route). */
export const host_verdicts = [
    'ok', 'missing_intermediate', 'self_signed', 'untrusted_root', 'expired', 'not_yet_valid', 'name_mismatch', 'weak_key', 'weak_signature', 'weak_protocol',
    'no_starttls', 'starttls_refused', 'handshake_failed', 'unreachable', 'refused_by_banner', 'dane_mismatch', 'revoked',
] as const;
export type HostVerdict = (typeof host_verdicts)[number];

/** What is found about a chain that no host has shown yet. */
export const chain_verdicts = [
    'ok', 'missing_intermediate', 'self_signed', 'untrusted_root', 'expired', 'not_yet_valid', 'weak_key', 'weak_signature', 'not_for_this_use', 'name_mismatch', 'invalid',
] as const;
export type ChainVerdict = (typeof chain_verdicts)[number];

/** Why there is no chain to judge. */
export const absent_verdicts = ['no_certificate', 'no_key', 'wrong_key', 'not_read'] as const;
export type AbsentVerdict = (typeof absent_verdicts)[number];

export type FailureChoice = 'envelope' | 'hold' | 'bounce';
export const failure_choices: readonly FailureChoice[] = ['envelope', 'hold', 'bounce'];

export interface Certificate {
    subject: string;
    issuer: string;
    not_after: string;
    not_before?: string;
    names?: string[];
    key?: string;
    signature_hash?: string;
    sha256?: string;
    ca?: boolean;
    self_signed?: boolean;
}

/** A chain as it was sent or given, leaf first, and what is wrong with it. */
export interface FoundChain {
    chain: Certificate[];
    verdict: HostVerdict | ChainVerdict | AbsentVerdict;
    missing_issuer?: string | null;
    missing_issuer_url?: string | null;
    /** Where in `chain` the fault is; its length: in the certificate that is missing behind the last. */
    faulty?: number | null;
}

export interface HostTest extends FoundChain {
    mx: string;
    preference: number;
    address: string | null;
    verdict: HostVerdict;
    /** False: a fault of the service's own kept it from asking, and the verdict says nothing. */
    asked?: boolean;
    detail: string;
    fix: string;
    protocol: string | null;
    cipher: string | null;
    notes?: string[];
}

export type DomainProblem = 'no_mail_host' | 'null_mx' | 'dns_failure';

export interface LiveTest {
    id: string;
    domain: string;
    state: 'running' | 'done';
    started: string;
    expected: number | null;
    hosts: HostTest[];
    ready: boolean | null;
    problem: DomainProblem | null;
    problem_detail: string | null;
    dane: DaneReport | null;
    mta_sts: StsReport | null;
}

export interface PastTest {
    at: string;
    ready: boolean;
    problem: DomainProblem | null;
    cause?: string | null;
    hosts: HostTest[];
    dane?: DaneReport | null;
    mta_sts?: StsReport | null;
}

export interface Proof {
    name: string;
    type: string;
    value: string;
}

/** A code that is on its way; the mail shows the same words. */
export interface SentCode {
    sent_to: string;
    reference?: string;
}

export interface Domain {
    domain: string;
    proven: boolean;
    proven_by?: 'txt' | 'code' | 'operator' | null;
    proof: Proof;
    tls_replies: boolean;
    on_failure: FailureChoice;
    needs_test?: boolean;
    last_failure?: string | null;
    last_test: PastTest | null;
    contact?: string | null;
}

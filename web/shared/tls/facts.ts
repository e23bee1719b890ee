// What the service says of TLS: certificates, tests of hosts and domains (doc/spec/domain-tests-api.md,
// doc/spec/certificates-api.md).

import type { components } from '../../generated/certificates';
import type { Schemas } from '../service';

type Finding = components['schemas']['Finding'];

/** What a test finds at one address of a mail host; named as the program names them (src/wire/route). */
export const host_verdicts = [
    'ok', 'missing_intermediate', 'self_signed', 'untrusted_root', 'expired', 'not_yet_valid', 'name_mismatch', 'weak_key', 'weak_signature', 'weak_protocol',
    'no_starttls', 'starttls_refused', 'handshake_failed', 'unreachable', 'refused_by_banner', 'dane_mismatch', 'revoked',
] as const satisfies readonly HostVerdict[];
export type HostVerdict = Schemas['HostVerdict'];

/** What is found about a chain that no host has shown yet. */
export const chain_verdicts = [
    'ok', 'missing_intermediate', 'self_signed', 'untrusted_root', 'expired', 'not_yet_valid', 'weak_key', 'weak_signature', 'not_for_this_use', 'name_mismatch', 'invalid',
] as const satisfies readonly ChainVerdict[];
export type ChainVerdict = Exclude<Finding['verdict'], AbsentVerdict>;

/** There is no chain to judge. */
export type AbsentVerdict = 'no_certificate';

export type FailureChoice = Schemas['OnFailure'];
export const failure_choices = ['envelope', 'hold', 'bounce'] as const satisfies readonly FailureChoice[];

/** A host shows less of it than the node knows of its own. */
export type Certificate = Schemas['Certificate'] & Partial<components['schemas']['Certificate']>;

/** A chain as it was sent or given, leaf first, and what is wrong with it. */
export interface FoundChain extends Partial<Pick<Schemas['Host'], 'faulty' | 'missing_issuer' | 'missing_issuer_url'>> {
    chain: Certificate[];
    verdict: Schemas['Host']['verdict'] | Finding['verdict'];
}

/** The doctor's has no `fix`: its findings do. */
export type HostTest = Schemas['HostFacts'] & Partial<Schemas['Host']>;
export type DomainProblem = Schemas['DomainProblem'];
export type LiveTest = Schemas['Test'];
export type PastTest = Schemas['PastTest'];
export type Proof = Schemas['Proof'];
export type SentCode = Schemas['SentCode'];
export type Domain = Schemas['Domain'];

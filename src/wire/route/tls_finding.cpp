#include "wire/route/tls_finding.hpp"

namespace sealpost::route {
namespace {

TlsVerdict verdict_for(crypto::ChainProblem problem)
{
    switch (problem) {
        case crypto::ChainProblem::none: return TlsVerdict::ok;
        case crypto::ChainProblem::self_signed: return TlsVerdict::self_signed;
        case crypto::ChainProblem::missing_intermediate: return TlsVerdict::missing_intermediate;
        case crypto::ChainProblem::expired: return TlsVerdict::expired;
        case crypto::ChainProblem::not_yet_valid: return TlsVerdict::not_yet_valid;
        case crypto::ChainProblem::weak_key: return TlsVerdict::weak_key;
        case crypto::ChainProblem::weak_signature: return TlsVerdict::weak_signature;
        case crypto::ChainProblem::revoked: return TlsVerdict::revoked;
        case crypto::ChainProblem::no_certificate: return TlsVerdict::handshake_failed;
        // No name of its own: whatever is wrong with such a chain, no trusted root vouches for it.
        case crypto::ChainProblem::not_for_this_use:
        case crypto::ChainProblem::invalid:
        case crypto::ChainProblem::untrusted_root: return TlsVerdict::untrusted_root;
    }
    return TlsVerdict::untrusted_root;
}

bool is_outdated(std::string_view protocol) { return protocol == "TLSv1" || protocol == "TLSv1.1" || protocol == "SSLv3"; }

}  // namespace

TlsFinding classify(const tls::PeerProof& proof)
{
    if (is_outdated(proof.protocol)) return {TlsVerdict::weak_protocol, "the newest protocol offered is " + proof.protocol};
    if (!proof.chain_verified) return {verdict_for(proof.check.problem), proof.problem, proof.check.at};
    if (!proof.name_verified) return {TlsVerdict::name_mismatch, proof.problem, 0};
    return {TlsVerdict::ok, {}};
}

}  // namespace sealpost::route

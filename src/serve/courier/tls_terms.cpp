#include "serve/courier/tls_terms.hpp"

namespace sealpost::courier {
namespace {

using route::StsPolicy;
using TlsaStatus = route::TlsaSet::Status;
using StsStatus = route::StsFinding::Status;

void forbid(HostRuling& ruling, std::optional<TlsResult> result, std::string why)
{
    ruling.result = result;
    ruling.forbidden = std::move(why);
}

// What could not be found out is seldom the domain's fault, and then it is told nothing.
void forbid_for_now(HostRuling& ruling, std::optional<TlsResult> result, std::string why)
{
    ruling.undecided = true;
    forbid(ruling, result, std::move(why));
}

// RFC 7672 §2.2.
void apply_dane(const HostFacts& facts, HostRuling& ruling)
{
    const route::TlsaSet& tlsa = *facts.tlsa;
    const bool is_mandatory = facts.demand == TlsDemand::dane_required;
    if (tlsa.status != TlsaStatus::none && tlsa.status != TlsaStatus::insecure) ruling.policy_type = TlsPolicyType::tlsa;
    for (const route::TlsaRecord& record : tlsa.records) ruling.policy.push_back(route::format_tlsa(record));
    switch (tlsa.status) {
        case TlsaStatus::failed:
            if (tlsa.records_failed) return forbid_for_now(ruling, TlsResult::dnssec_invalid, tlsa.problem);
            return forbid_for_now(ruling, std::nullopt, tlsa.problem);
        case TlsaStatus::usable:
            ruling.terms.required = true;
            ruling.terms.tlsa = tlsa.usable();
            ruling.terms.names = route::dane_names(tlsa.base, facts.host, facts.mx_of);
            if (facts.demand == TlsDemand::proven) ruling.terms.pkix = false;
            return;
        case TlsaStatus::unusable:
            ruling.terms.required = true;
            if (is_mandatory) forbid(ruling, TlsResult::tlsa_invalid, "none of its TLSA records can be used");
            return;
        case TlsaStatus::none:
            if (is_mandatory) forbid(ruling, TlsResult::dane_required, "it has no TLSA records");
            return;
        case TlsaStatus::insecure:
            if (!is_mandatory) return;
            forbid(ruling, TlsResult::dane_required, "DNS is not validated (DNSSEC) all the way to its TLSA records");
            if (tlsa.unvalidated) ruling.result.reset();
            return;
    }
}

// A policy is published that could not be had, or not anew: what it says of the host is not known. One that was had and
// cannot be read says nothing for certain.
bool lacks_policy(const HostFacts& facts)
{
    using Fault = route::StsFinding::Fault;
    return facts.sts && (facts.sts->fault == Fault::fetch || facts.sts->fault == Fault::certificate);
}

// RFC 8461 §5; of the mode none: "as though it does not have any active policy".
void apply_policy(const HostFacts& facts, const StsPolicy& policy, HostRuling& ruling)
{
    if (policy.mode == StsPolicy::Mode::none) return;
    ruling.policy_type = TlsPolicyType::sts;
    ruling.policy = route::format_sts_policy(policy);
    ruling.mx_patterns = policy.mx;
    ruling.terms.is_listed = route::lists_mx(policy, facts.host);
    ruling.is_tested = policy.mode == StsPolicy::Mode::testing;
    if (policy.mode != StsPolicy::Mode::enforce) return;
    ruling.terms.required = true;
    ruling.terms.pkix = true;
    if (ruling.terms.is_listed) return;
    ruling.may_pass = lacks_policy(facts);
    forbid(ruling, TlsResult::validation_failure, "the MTA-STS policy of " + facts.mx_of + " does not list it");
}

void apply_sts(const HostFacts& facts, HostRuling& ruling)
{
    const route::StsFinding& sts = *facts.sts;
    if (sts.status == StsStatus::found) return apply_policy(facts, sts.policy, ruling);
    const bool decides = facts.demand == TlsDemand::mta_sts || facts.demand == TlsDemand::proven || !facts.mx_secure;
    if (sts.status == StsStatus::unknown && decides)
        forbid_for_now(ruling, std::nullopt, "the MTA-STS policy of " + facts.mx_of + ": " + sts.problem);
}

// RFC 8689 §4.2.1: the host's name must itself be known for certain, and then the certificate is held against it. It is the
// sender who wants that: the domain has not failed in anything.
void apply_require_tls(const HostFacts& facts, HostRuling& ruling)
{
    ruling.terms.require_tls = true;
    ruling.terms.required = true;
    if (!ruling.terms.tlsa.empty()) return;
    ruling.terms.pkix = true;
    if (facts.mx_of.empty() || facts.mx_secure || ruling.terms.is_listed) return;
    std::string why = "REQUIRETLS: neither DNSSEC nor MTA-STS vouches for it as a mail host of " + facts.mx_of;
    if (lacks_policy(facts)) {
        ruling.may_pass = true;
        why += ", whose policy cannot be had: " + facts.sts->problem;
    } else if (facts.tlsa && facts.tlsa->unvalidated) {
        why += "; just now no DNS answer can be validated";
    }
    forbid(ruling, std::nullopt, std::move(why));
}

std::string_view name_of(StsStatus status)
{
    switch (status) {
        case StsStatus::none: return "none";
        case StsStatus::found: return "found";
        case StsStatus::problem: return "problem";
        case StsStatus::unknown: return "unknown";
    }
    return "unknown";
}

std::string describe(const HostFacts& facts)
{
    std::string text = "tlsa " + std::string(facts.tlsa ? route::format_status(facts.tlsa->status) : "not asked") + ", sts ";
    if (!facts.sts) return text + "not asked";
    if (facts.sts->status == StsStatus::found) return text + std::string(route::format_sts_mode(facts.sts->policy.mode));
    return text + std::string(name_of(facts.sts->status));
}

}  // namespace

bool asks_tlsa(TlsDemand demand, bool require_tls)
{
    return require_tls || demand == TlsDemand::dane || demand == TlsDemand::dane_required || demand == TlsDemand::mta_sts ||
           demand == TlsDemand::proven;
}

bool asks_sts(TlsDemand demand, bool require_tls)
{
    return require_tls || demand == TlsDemand::mta_sts || demand == TlsDemand::proven;
}

HostRuling rule_host(const HostFacts& facts)
{
    HostRuling ruling;
    const TlsDemand demand = facts.demand;
    ruling.basis = describe(facts);
    ruling.terms.use_tls = demand != TlsDemand::none;
    ruling.terms.required = demand == TlsDemand::required || demand == TlsDemand::required_verify ||
                            demand == TlsDemand::dane_required || demand == TlsDemand::proven;
    ruling.terms.pkix =
        demand == TlsDemand::preferred_verify || demand == TlsDemand::required_verify || demand == TlsDemand::proven;
    if (facts.tlsa) apply_dane(facts, ruling);
    // RFC 8461 §2: a policy must not override what DANE says.
    if (ruling.forbidden.empty() && ruling.terms.tlsa.empty() && facts.sts) apply_sts(facts, ruling);
    if (ruling.forbidden.empty() && facts.require_tls) apply_require_tls(facts, ruling);
    if (facts.require_tls) ruling.terms.use_tls = true;
    // With validated answers DANE might have proven it.
    if (facts.tlsa && facts.tlsa->unvalidated) ruling.may_pass = true;
    return ruling;
}

}  // namespace sealpost::courier

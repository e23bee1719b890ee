// What TLS with a host has to prove, found out before the connection; what is told of it afterwards.
#include "serve/courier/state.hpp"

#include <algorithm>

namespace sealpost::courier {
namespace {

using StsFault = route::StsFinding::Fault;

TlsResult name_fault(StsFault fault)
{
    switch (fault) {
        case StsFault::certificate: return TlsResult::sts_webpki_invalid;
        case StsFault::invalid: return TlsResult::sts_policy_invalid;
        case StsFault::none:
        case StsFault::fetch: break;
    }
    return TlsResult::sts_policy_fetch_error;
}

route::StsFinding find_nothing()
{
    route::StsFinding unknown;
    unknown.status = route::StsFinding::Status::unknown;
    unknown.problem = "no MTA-STS policies are looked up here";
    return unknown;
}

// RFC 8689 §3: "TLS-Required: No" passes over what the recipient's side publishes. What demands a proof in any case is our
// own side's word, and holds.
TlsDemand find_demand(const Order& order)
{
    const bool is_theirs = order.tls == TlsDemand::dane || order.tls == TlsDemand::mta_sts;
    return order.tls_not_required && !order.require_tls && is_theirs ? TlsDemand::preferred : order.tls;
}

// Sessions with the domain's own hosts; a route of ours names others.
bool is_told(const Order& order) { return order.tells_tls && order.route.empty(); }

}  // namespace

Task<HostRuling> Courier::State::rule(Errand& errand, Hop hop, dns::Addresses addresses)
{
    const Order& order = errand.order;
    HostFacts facts;
    const TlsDemand demand = find_demand(order);
    facts.demand = demand;
    facts.require_tls = order.require_tls;
    facts.host = hop.host;
    facts.mx_of = hop.mx_of;
    facts.mx_secure = hop.mx_secure;
    if (asks_tlsa(demand, order.require_tls)) {
        const bool is_name_trusted = hop.mx_of.empty() || hop.mx_secure;
        facts.tlsa.emplace();
        facts.tlsa->status = route::TlsaSet::Status::insecure;
        facts.tlsa->unvalidated = hop.mx_unvalidated;
        const bool has_none = addresses.addresses.empty() && addresses.complete;
        if (is_name_trusted && !parse_ip(hop.host) && !has_none)
            facts.tlsa = co_await route::find_tlsa(*options.resolver, hop.host, hop.port, std::move(addresses), errand.deadline);
    }
    const bool has_finder = options.find_sts || demand == TlsDemand::mta_sts;
    if (asks_sts(demand, order.require_tls) && has_finder && !hop.mx_of.empty()) facts.sts = co_await find_sts(errand, hop.mx_of);
    co_return rule_host(facts);
}

// Once for each domain of an order.
Task<route::StsFinding> Courier::State::find_sts(Errand& errand, std::string domain)
{
    if (errand.sts && errand.sts->first == domain) co_return errand.sts->second;
    route::StsFinding found = find_nothing();
    if (options.find_sts) found = co_await options.find_sts(domain, errand.deadline);
    if (found.fault_is_new && is_told(errand.order)) tell_of_policy(domain, found);
    errand.sts.emplace(std::move(domain), found);
    co_return found;
}

void Courier::State::forbid(Errand& errand, const Hop& hop, const HostRuling& ruling)
{
    Attempt attempt;
    attempt.host = hop.host;
    attempt.endpoint.port = hop.port;
    attempt.outcome = ruling.undecided ? Attempt::Outcome::undecided : Attempt::Outcome::tls_unmet;
    attempt.problem = ruling.forbidden;
    attempt.may_pass = ruling.may_pass;
    attempt.tls_basis = ruling.basis;
    attempt.tls_result = ruling.result;
    tell(errand, ruling, attempt, {});
    record(errand, std::move(attempt));
    errand.ledger.note_failure(errand.attempts.back(), errand.attempts.size() - 1);
}

// RFC 8689 §4.2.1: without a further MX host the message is not sent to the domain, and the
// sender is told so. A host that was not there today, or not tried, or of which not all could be found out, may do what is
// asked tomorrow.
void Courier::State::refuse_without_requiretls(Errand& errand) const
{
    if (errand.left_some_out) return;
    const auto lacks_it = [](const Attempt& attempt) {
        return attempt.outcome == Attempt::Outcome::tls_unmet && !attempt.may_pass;
    };
    if (errand.attempts.empty() || errand.deadline.has_passed() || !std::ranges::all_of(errand.attempts, lacks_it)) return;
    const Attempt& last = errand.attempts.back();
    errand.ledger.settle(RecipientResult::Kind::refused,
                         {550, "5.7.30", "REQUIRETLS support required: " + last.host + ": " + last.problem});
}

// Once for each connection on which TLS was wanted, and for each host that a policy of the domain forbade.
void Courier::State::tell(const Errand& errand, const HostRuling& ruling, const Attempt& attempt,
                          const Link::Opening& opening) const
{
    if (!options.on_tls || !attempt.tls_result || !is_told(errand.order)) return;
    TlsEvent event;
    event.domain = errand.order.domain;
    event.policy_type = ruling.policy_type;
    event.policy = ruling.policy;
    event.mx_patterns = ruling.mx_patterns;
    event.host = attempt.host;
    event.from = opening.local;
    event.helo = opening.server_name;
    if (opening.local) event.peer = attempt.endpoint.address;
    event.result = *attempt.tls_result;
    if (event.result != TlsResult::success) event.reason = attempt.problem.empty() ? "sent in clear text" : attempt.problem;
    // RFC 8461 §5: in testing, what would have failed is told, and mail goes on.
    if (event.result == TlsResult::success && ruling.is_tested && !ruling.terms.is_listed) {
        event.result = TlsResult::validation_failure;
        event.reason = "the policy does not list the host";
    } else if (event.result == TlsResult::success && ruling.is_tested && opening.pkix) {
        event.result = *opening.pkix;
        if (event.result != TlsResult::success && attempt.tls) event.reason = attempt.tls->problem;
    }
    options.on_tls(event);
}

void Courier::State::tell_of_policy(const std::string& domain, const route::StsFinding& sts) const
{
    if (!options.on_tls) return;
    TlsEvent event;
    event.domain = domain;
    event.policy_type = TlsPolicyType::sts;
    event.result = name_fault(sts.fault);
    event.reason = sts.problem;
    options.on_tls(event);
}

}  // namespace sealpost::courier

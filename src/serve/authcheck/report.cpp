#include "serve/authcheck/report.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::authcheck {
namespace {

using authres::MethodResult;
using policy::AuthResult;

// Every method's words are those of RFC 8601.
AuthResult to_result(std::string_view word) { return policy::parse_auth_result(word).value_or(AuthResult::permerror); }

// A property holds an address, or a domain alone.
std::string domain_or_whole(std::string_view address)
{
    const auto at = address.rfind('@');
    return std::string(at == std::string_view::npos ? address : address.substr(at + 1));
}

MethodResult describe_spf(const spf::Report& report, std::string property, std::string value)
{
    MethodResult method{"spf", std::string(spf::format_verdict(report.verdict)), {}, {}};
    const bool is_error = report.verdict == spf::Verdict::temperror || report.verdict == spf::Verdict::permerror;
    if (is_error) method.reason = report.problem;
    method.properties.push_back({"smtp", std::move(property), std::move(value)});
    return method;
}

void add_spf(authres::Results& results, const Report& report)
{
    if (!report.spf) return;
    const auto& sender = report.sender;
    // RFC 8601 §2.7.2: the property names the identity that was evaluated.
    if (sender.mail_from.empty())
        results.methods.push_back(describe_spf(report.spf->mail_from, "helo", sender.helo));
    else
        results.methods.push_back(describe_spf(report.spf->mail_from, "mailfrom", sender.mail_from));
    if (report.spf->helo && report.spf->helo->verdict != spf::Verdict::none)
        results.methods.push_back(describe_spf(*report.spf->helo, "helo", sender.helo));
}

MethodResult describe_signature(const dkim::SignatureReport& signature)
{
    MethodResult method{"dkim", std::string(dkim::format_verdict(signature.verdict)), {}, {}};
    if (signature.verdict != dkim::Verdict::pass) method.reason = signature.problem;
    for (const auto& [name, value] :
         {std::pair("d", signature.domain), std::pair("i", signature.identity), std::pair("s", signature.selector),
          std::pair("a", signature.algorithm), std::pair("b", signature.signature_start)})
        if (!value.empty()) method.properties.push_back({"header", name, value});
    return method;
}

void add_message(authres::Results& results, const Report& report)
{
    if (!report.message) return;
    for (const auto& signature : report.message->signatures) results.methods.push_back(describe_signature(signature));
    if (report.message->signatures.empty()) results.methods.push_back({"dkim", "none", {}, {}});
    const auto& chain = report.message->chain;
    // A chain whose keys could not be fetched is left open: the seal of this node looks at it again.
    if (chain.verdict == dkim::ChainVerdict::none || chain.temporary) return;
    // RFC 8617 §10.2: smtp.remote-ip.
    MethodResult arc{"arc", std::string(dkim::format_chain_verdict(chain.verdict)), chain.problem, {}};
    arc.properties.push_back({"smtp", "remote-ip", format_ip(report.sender.ip)});
    results.methods.push_back(std::move(arc));
}

void add_dmarc(authres::Results& results, const Report& report, const std::string& overridden_by)
{
    if (!report.dmarc) return;
    const auto& judgement = report.dmarc->judgement;
    const auto& verdict = judgement.verdict;
    MethodResult method{"dmarc", std::string(dmarc::format_outcome(verdict.outcome)), report.dmarc->problem, {}};
    if (verdict.outcome == dmarc::Outcome::temperror || verdict.outcome == dmarc::Outcome::permerror)
        if (method.reason.empty()) method.reason = judgement.discovery.problem;
    if (!overridden_by.empty()) method.reason = "local policy: trusted ARC sealer " + overridden_by;
    if (!judgement.author_domain.empty()) method.properties.push_back({"header", "from", judgement.author_domain});
    // Of IANA's Email Authentication Methods: the policy after sp= and pct=.
    if (verdict.outcome == dmarc::Outcome::fail)
        method.properties.push_back({"policy", "dmarc", std::string(dmarc::format_policy(verdict.applied))});
    results.methods.push_back(std::move(method));
}

// RFC 7208 §9.1's own words for people, where it has some.
std::string describe(const spf::Report& report, const std::string& who, const std::string& ip)
{
    switch (report.verdict) {
        case spf::Verdict::pass: return "domain of " + who + " designates " + ip + " as permitted sender";
        case spf::Verdict::fail: return "domain of " + who + " does not designate " + ip + " as permitted sender";
        case spf::Verdict::softfail:
            return "transitioning domain of " + who + " does not designate " + ip + " as permitted sender";
        case spf::Verdict::neutral: return ip + " is neither permitted nor denied by domain of " + who;
        case spf::Verdict::none: return "domain of " + who + " does not say who may send for it";
        case spf::Verdict::temperror:
        case spf::Verdict::permerror: break;
    }
    return "error in processing during lookup of " + who;
}

policy::SpfFacts make_spf_facts(const Report& report)
{
    const auto& found = *report.spf;
    policy::SpfFacts facts;
    facts.mail_from = to_result(spf::format_verdict(found.mail_from.verdict));
    facts.domain = found.mail_from.domain.empty() ? domain_or_whole(report.sender.mail_from) : found.mail_from.domain;
    facts.explanation = found.mail_from.explanation;
    const auto& helo = found.helo ? *found.helo : found.mail_from;
    facts.helo = to_result(spf::format_verdict(helo.verdict));
    facts.helo_name = report.sender.helo;
    facts.helo_explanation = helo.explanation;
    facts.client = format_ip(report.sender.ip);
    return facts;
}

policy::DmarcFacts make_dmarc_facts(const Report& report)
{
    const auto& judgement = report.dmarc->judgement;
    policy::DmarcFacts facts;
    facts.result = to_result(dmarc::format_outcome(judgement.verdict.outcome));
    facts.author_domain = judgement.author_domain;
    // Of a failure, or of what may turn out to be one.
    const bool is_open = judgement.verdict.outcome == dmarc::Outcome::temperror;
    const auto wish = is_open ? judgement.verdict.at_stake : judgement.verdict.applied;
    if (wish == dmarc::Policy::quarantine) facts.wish = policy::DmarcFacts::Wish::quarantine;
    if (wish == dmarc::Policy::reject) facts.wish = policy::DmarcFacts::Wish::reject;
    facts.has_bad_from = report.dmarc->has_bad_from;
    // A sealer vouches for one author; it must not free the others who stand beside him.
    const bool is_lone = !report.dmarc->has_several_authors;
    if (report.message && is_lone && is_vouched_for(report.message->chain, judgement.author_domain))
        facts.sealer = report.message->chain.sealer;
    return facts;
}

policy::HostState to_host_state(dns::VerifiedHost::State state)
{
    switch (state) {
        case dns::VerifiedHost::State::verified: return policy::HostState::verified;
        case dns::VerifiedHost::State::none: return policy::HostState::none;
        case dns::VerifiedHost::State::mismatch: return policy::HostState::mismatch;
        case dns::VerifiedHost::State::temporary: break;
    }
    return policy::HostState::temporary;
}

}  // namespace

void take_host(policy::ConnectionFacts& facts, const dns::VerifiedHost& host)
{
    facts.host_state = to_host_state(host.state);
    facts.host = host.state == dns::VerifiedHost::State::verified ? host.name : "";
    facts.other_hosts = host.other_names;
    facts.open_hosts = host.open_names;
}

std::string_view format_iprev(policy::HostState state)
{
    switch (state) {
        case policy::HostState::verified: return "pass";
        case policy::HostState::none: return "permerror";  // "no PTR data are published for the connecting IP address"
        case policy::HostState::mismatch: return "fail";
        case policy::HostState::temporary: break;
    }
    return "temperror";
}

dkim::Verdict find_best(const std::vector<dkim::SignatureReport>& signatures)
{
    using enum dkim::Verdict;
    // RFC 6376 §3.6.1, t=y: "Verifiers MUST NOT treat messages from Signers in testing mode differently from unsigned email,
    // even should the signature fail to verify."
    for (const auto wanted : {pass, temperror, fail, policy, permerror, neutral})
        for (const auto& signature : signatures)
            if (signature.verdict == wanted && (wanted == pass || !signature.testing)) return wanted;
    return none;
}

bool is_vouched_for(const dkim::ChainReport& chain, const std::string& author_domain)
{
    if (chain.verdict != dkim::ChainVerdict::pass || author_domain.empty()) return false;
    const auto results = authres::parse_value(chain.authentication_results);
    if (!results) return false;
    return std::any_of(results->methods.begin(), results->methods.end(), [&](const MethodResult& method) {
        if (method.result != "pass") return false;
        const auto aligns = [&](const std::string* value, dmarc::Alignment alignment) {
            return value != nullptr && dmarc::are_aligned(author_domain, domain_or_whole(*value), alignment);
        };
        if (method.method == "dmarc") return aligns(method.find("header", "from"), dmarc::Alignment::strict);
        if (method.method == "spf") return aligns(method.find("smtp", "mailfrom"), dmarc::Alignment::relaxed);
        return method.method == "dkim" && (aligns(method.find("header", "d"), dmarc::Alignment::relaxed) ||
                                           aligns(method.find("header", "i"), dmarc::Alignment::relaxed));
    });
}

std::string find_proven_author(const Report& report)
{
    if (!report.dmarc || report.dmarc->has_several_authors) return {};
    const auto& judgement = report.dmarc->judgement;
    if (judgement.verdict.outcome == dmarc::Outcome::pass) return judgement.author_domain;
    if (judgement.verdict.outcome != dmarc::Outcome::none) return {};
    const auto aligns = [&](const std::string& domain) {
        return dmarc::are_aligned(judgement.author_domain, domain, dmarc::Alignment::relaxed);
    };
    const auto vouches = [&](const dkim::SignatureReport& signature) {
        return signature.verdict == dkim::Verdict::pass && aligns(signature.domain);
    };
    const bool by_spf = report.spf && report.spf->mail_from.verdict == spf::Verdict::pass && aligns(report.spf->mail_from.domain);
    const bool by_dkim = report.message && std::ranges::any_of(report.message->signatures, vouches);
    return by_spf || by_dkim ? judgement.author_domain : std::string();
}

policy::AuthFacts make_facts(const Report& report)
{
    policy::AuthFacts facts;
    if (report.spf) facts.spf = make_spf_facts(report);
    if (report.message) facts.dkim = to_result(dkim::format_verdict(find_best(report.message->signatures)));
    if (report.dmarc) facts.dmarc = make_dmarc_facts(report);
    return facts;
}

authres::Results make_results(const Report& report, const std::string& authserv_id, const std::string& overridden_by)
{
    authres::Results results{authserv_id, {}};
    if (!report.sender.iprev.empty())
        results.methods.push_back({"iprev", report.sender.iprev, {}, {{"policy", "iprev", format_ip(report.sender.ip)}}});
    add_spf(results, report);
    add_message(results, report);
    add_dmarc(results, report, overridden_by);
    return results;
}

authres::ReceivedSpf make_received_spf(const Report& report, const std::string& receiver)
{
    const auto& found = report.spf->mail_from;
    const auto ip = format_ip(report.sender.ip);
    const std::string who = report.sender.mail_from.empty() ? "postmaster@" + report.sender.helo : report.sender.mail_from;
    authres::ReceivedSpf out;
    out.result = spf::format_verdict(found.verdict);
    out.comment = receiver + ": " + describe(found, who, ip);
    out.client_ip = ip;
    out.envelope_from = who;
    out.helo = report.sender.helo;
    const bool is_error = found.verdict == spf::Verdict::temperror || found.verdict == spf::Verdict::permerror;
    if (is_error) out.problem = found.problem;
    out.receiver = receiver;
    out.identity = spf::format_identity(spf::Identity::mail_from);
    out.mechanism = found.mechanism;
    return out;
}

}  // namespace sealpost::authcheck

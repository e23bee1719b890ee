#include "serve/identity/judgement.hpp"

#include "wire/mail/cut_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace sealpost::identity {
namespace json = boost::json;
namespace {

// What strangers publish is kept with each reply for a month: no more of it than a person reads.
constexpr std::size_t most_findings = 16;
constexpr std::size_t most_text_bytes = 500;

struct ReasonWord {
    Reason reason;
    std::string_view word;
};
constexpr std::array reason_words{
    ReasonWord{Reason::authorised, "authorised"},       ReasonWord{Reason::no_send_addresses, "no_send_addresses"},
    ReasonWord{Reason::no_domain, "no_domain"},         ReasonWord{Reason::spf_missing, "spf_missing"},
    ReasonWord{Reason::spf_not_pass, "spf_not_pass"},   ReasonWord{Reason::spf_broken, "spf_broken"},
    ReasonWord{Reason::spf_unknown, "spf_unknown"},     ReasonWord{Reason::dmarc_not_pass, "dmarc_not_pass"},
    ReasonWord{Reason::dmarc_unknown, "dmarc_unknown"},
};

std::optional<Reason> find_objection(spf::Verdict verdict)
{
    switch (verdict) {
        case spf::Verdict::pass: return std::nullopt;
        case spf::Verdict::none: return Reason::spf_missing;
        case spf::Verdict::permerror: return Reason::spf_broken;
        case spf::Verdict::temperror: return Reason::spf_unknown;
        case spf::Verdict::neutral:
        case spf::Verdict::softfail:
        case spf::Verdict::fail: break;
    }
    return Reason::spf_not_pass;
}

std::optional<Reason> find_objection(dmarc::Outcome outcome)
{
    switch (outcome) {
        case dmarc::Outcome::none:
        case dmarc::Outcome::pass: return std::nullopt;
        case dmarc::Outcome::temperror: return Reason::dmarc_unknown;
        case dmarc::Outcome::fail:
        case dmarc::Outcome::permerror: break;
    }
    return Reason::dmarc_not_pass;
}

// The message as a receiver would see it under the person's name: MAIL FROM and From have one domain.
dmarc::Verdict foresee_dmarc(const Evidence& evidence, bool spf_passes)
{
    dmarc::Facts facts;
    facts.author_domain = evidence.domain;
    if (spf_passes) facts.spf_pass_domain = evidence.domain;
    if (!evidence.signing_domain.empty()) facts.dkim_pass_domains.push_back(evidence.signing_domain);
    return dmarc::evaluate(evidence.dmarc, facts, 0);  // the hardest draw: no message is spared
}

std::optional<Reason> find_objection(const Evidence& evidence, dmarc::Outcome outcome)
{
    if (evidence.domain.empty()) return Reason::no_domain;
    if (evidence.spf.empty()) return Reason::no_send_addresses;
    for (const auto& finding : evidence.spf)
        if (const auto objection = find_objection(finding.verdict)) return objection;
    return find_objection(outcome);
}

// Whole characters only.
std::string cut(const std::string& text)
{
    if (text.size() <= most_text_bytes) return text;
    return text.substr(0, mail::find_cut(text, most_text_bytes)) + "…";
}

json::object format_finding(const AddressFinding& finding)
{
    return {{"address", format_ip(finding.address)},
            {"result", spf::format_verdict(finding.verdict)},
            {"mechanism", cut(finding.mechanism)},
            {"problem", cut(finding.problem)}};
}

// Those that speak against us come first.
json::array format_findings(std::vector<AddressFinding> findings)
{
    std::ranges::stable_sort(findings, {}, [](const AddressFinding& finding) { return finding.verdict == spf::Verdict::pass; });
    if (findings.size() > most_findings) findings.resize(most_findings);
    json::array all;
    for (const auto& finding : findings) all.push_back(format_finding(finding));
    return all;
}

}  // namespace

std::string_view format_sent_as(SentAs sent_as) { return sent_as == SentAs::person ? "person" : "service"; }

std::optional<SentAs> parse_sent_as(std::string_view text)
{
    for (const SentAs each : {SentAs::person, SentAs::service})
        if (format_sent_as(each) == text) return each;
    return std::nullopt;
}

std::string_view format_reason(Reason reason) { return std::ranges::find(reason_words, reason, &ReasonWord::reason)->word; }

Judgement decide(Evidence evidence)
{
    const bool spf_passes = !evidence.spf.empty() && std::ranges::all_of(evidence.spf, [](const AddressFinding& finding) {
        return finding.verdict == spf::Verdict::pass;
    });
    Judgement judgement;
    judgement.dmarc = foresee_dmarc(evidence, spf_passes);
    const auto objection = find_objection(evidence, judgement.dmarc.outcome);
    judgement.sent_as = objection ? SentAs::service : SentAs::person;
    judgement.reason = objection.value_or(Reason::authorised);
    judgement.evidence = std::move(evidence);
    return judgement;
}

json::object to_json(const Judgement& judgement)
{
    const Evidence& evidence = judgement.evidence;
    json::object dmarc{{"result", dmarc::format_outcome(judgement.dmarc.outcome)},
                       {"domain", evidence.dmarc.domain},
                       {"policy", dmarc::format_policy(judgement.dmarc.requested)},
                       {"record", cut(evidence.dmarc.text)},
                       {"problem", cut(evidence.dmarc.problem)}};
    return {{"sent_as", format_sent_as(judgement.sent_as)},
            {"reason", format_reason(judgement.reason)},
            {"domain", evidence.domain},
            {"spf", format_findings(evidence.spf)},
            {"dmarc", std::move(dmarc)},
            {"dkim", evidence.signing_domain}};
}

}  // namespace sealpost::identity

#include "serve/gateway/authentication.hpp"

#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"

#include <utility>

namespace sealpost::gateway {
namespace {

std::optional<smtp::Reply> make_refusal(const policy::AuthDecision& decision)
{
    if (decision.action < policy::AuthAction::defer) return std::nullopt;
    smtp::Reply reply(static_cast<int>(decision.code), decision.enhanced_code, "");
    reply.lines = decision.lines;
    return reply;
}

// A mark is what sets a message apart here.
dmarc::Policy disposition_of(const policy::AuthDecision& decision)
{
    if (decision.action == policy::AuthAction::reject) return dmarc::Policy::reject;
    for (const auto& mark : decision.marks)
        if (mark == "dmarc-reject" || mark == "dmarc-quarantine") return dmarc::Policy::quarantine;
    return dmarc::Policy::none;
}

std::string format_or(const std::optional<authcheck::SpfReport>& spf)
{
    return spf ? std::string(spf::format_verdict(spf->mail_from.verdict)) : "";
}

}  // namespace

Authentication::Authentication(Parts parts, policy::AuthParameters parameters, authcheck::Sender sender, std::string name)
    : parts_(std::move(parts)), parameters_(std::move(parameters)), name_(std::move(name))
{
    report_.sender = std::move(sender);
    if (needs_message()) check_ = parts_.checker->begin_message();
}

Task<std::optional<smtp::Reply>> Authentication::check_sender()
{
    if (needs_spf() && !has_asked_spf_) {
        auto found = co_await parts_.checker->check_sender(report_.sender);
        report_.spf = std::move(found);
        has_asked_spf_ = true;
        decision_ = policy::decide_authentication(parameters_, authcheck::make_facts(report_));
        if (decision_.action >= policy::AuthAction::defer) tell(report_, decision_);
        if (decision_.action == policy::AuthAction::reject) count_spf();  // there may be no content to count it with
    }
    co_return make_refusal(decision_);
}

void Authentication::append_head(const mail::HeaderBlock& head)
{
    if (check_) check_->append_head(head);
}

void Authentication::append_body(std::string_view piece)
{
    if (check_) check_->append_body(piece);
}

Task<std::optional<smtp::Reply>> Authentication::check_message(Audience audience)
{
    if (check_) {
        auto report = co_await parts_.checker->check_message(std::move(*check_), report_.sender, report_.spf, parameters_.dmarc);
        report_ = std::move(report);
        check_.reset();
    }
    auto facts = authcheck::make_facts(report_);
    facts.only_postmaster = audience.only_postmaster;
    decision_ = policy::decide_authentication(parameters_, facts);
    tell(report_, decision_);
    audience_ = std::move(audience);
    co_return make_refusal(decision_);
}

void Authentication::conclude()
{
    if (decision_.action == policy::AuthAction::defer) return;  // counted when it comes again
    count();
    record();
}

std::string Authentication::format_fields() const
{
    auto out = authres::format_field(authcheck::make_results(report_, parts_.authserv_id, decision_.overridden_by));
    if (report_.spf) out += authres::format_received_spf(authcheck::make_received_spf(report_, parts_.checker->hostname()));
    if (!decision_.marks.empty()) out += mail::format_field(verdict_header, join(decision_.marks, ", "));
    return out;
}

void Authentication::tell(const authcheck::Report& report, const policy::AuthDecision& decision) const
{
    const auto dkim = report.message ? dkim::format_verdict(authcheck::find_best(report.message->signatures)) : "";
    const auto arc = report.message ? dkim::format_chain_verdict(report.message->chain.verdict) : "";
    const auto dmarc = report.dmarc ? dmarc::format_outcome(report.dmarc->judgement.verdict.outcome) : "";
    const bool has_helo = report.spf && report.spf->helo;
    parts_.log.info("gateway.authentication", {{"transaction", name_},
                                               {"ip", format_ip(report.sender.ip)},
                                               {"helo", report.sender.helo},
                                               {"sender", report.sender.mail_from},
                                               {"spf", format_or(report.spf)},
                                               {"spf_helo", has_helo ? spf::format_verdict(report.spf->helo->verdict) : ""},
                                               {"dkim", dkim},
                                               {"arc", arc},
                                               {"author", report.dmarc ? report.dmarc->judgement.author_domain : ""},
                                               {"dmarc", dmarc},
                                               {"action", policy::format_auth_action(decision.action)},
                                               {"marks", join(decision.marks, ",")},
                                               {"overridden_by", decision.overridden_by}});
}

// What the author's domain is told, once a day (RFC 7489 §7.2).
void Authentication::record() const
{
    if (!parts_.reports || !parameters_.dmarc_reports || !report_.dmarc) return;
    dmarcreports::MessageFacts facts;
    facts.at = parts_.clock.now();
    facts.source = report_.sender.ip;
    facts.envelope_from = sealpost::mail::domain_of(report_.sender.mail_from);
    facts.envelope_to = audience_.domain;
    for (const auto& signature : report_.message->signatures)
        facts.dkim.push_back(
            {signature.domain, signature.selector, std::string(dkim::format_verdict(signature.verdict)), signature.problem});
    if (report_.spf) {
        const bool by_helo = report_.sender.mail_from.empty();
        facts.spf.push_back({report_.spf->mail_from.domain, by_helo ? "helo" : "mfrom",
                             std::string(spf::format_verdict(report_.spf->mail_from.verdict))});
    }
    facts.disposition = disposition_of(decision_);
    if (!decision_.overridden_by.empty()) facts.override_reason = "trusted ARC sealer " + decision_.overridden_by;
    if (auto judged = dmarcreports::describe(report_.dmarc->judgement, facts)) parts_.reports->record(std::move(*judged));
}

void Authentication::count(std::string_view method, std::string_view result) const
{
    parts_.log.metrics().add(log::Metric::authentication, {method, result});
}

void Authentication::count_spf()
{
    if (report_.spf && !std::exchange(has_counted_spf_, true)) count("spf", spf::format_verdict(report_.spf->mail_from.verdict));
}

void Authentication::count()
{
    count_spf();
    if (report_.message) count("dkim", dkim::format_verdict(authcheck::find_best(report_.message->signatures)));
    if (report_.message) count("arc", dkim::format_chain_verdict(report_.message->chain.verdict));
    if (report_.dmarc) count("dmarc", dmarc::format_outcome(report_.dmarc->judgement.verdict.outcome));
}

}  // namespace sealpost::gateway

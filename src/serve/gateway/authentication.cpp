#include "serve/gateway/authentication.hpp"

#include "base/text.hpp"

namespace sealpost::gateway {
namespace {

std::optional<smtp::Reply> make_refusal(const policy::AuthDecision& decision)
{
    if (decision.action < policy::AuthAction::defer) return std::nullopt;
    smtp::Reply reply(static_cast<int>(decision.code), decision.enhanced_code, "");
    reply.lines = decision.lines;
    return reply;
}

std::string format_or(const std::optional<authcheck::SpfReport>& spf)
{
    return spf ? std::string(spf::format_verdict(spf->mail_from.verdict)) : "";
}

}  // namespace

Authentication::Authentication(std::shared_ptr<const authcheck::AuthChecker> checker, policy::AuthParameters parameters,
                               authcheck::Sender sender, Names names, log::Log log)
    : checker_(std::move(checker)), parameters_(std::move(parameters)), names_(std::move(names)), log_(std::move(log))
{
    report_.sender = std::move(sender);
    if (needs_message()) check_ = checker_->begin_message();
}

Task<std::optional<smtp::Reply>> Authentication::check_sender()
{
    if (needs_spf() && !has_asked_spf_) {
        auto found = co_await checker_->check_sender(report_.sender);
        report_.spf = std::move(found);
        has_asked_spf_ = true;
        decision_ = policy::decide_authentication(parameters_, authcheck::make_facts(report_));
        if (decision_.action >= policy::AuthAction::defer) tell(report_, decision_);
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

Task<std::optional<smtp::Reply>> Authentication::check_message(bool only_postmaster)
{
    if (check_) {
        auto report = co_await checker_->check_message(std::move(*check_), report_.sender, report_.spf, parameters_.dmarc);
        report_ = std::move(report);
        check_.reset();
    }
    auto facts = authcheck::make_facts(report_);
    facts.only_postmaster = only_postmaster;
    decision_ = policy::decide_authentication(parameters_, facts);
    tell(report_, decision_);
    count(report_);
    co_return make_refusal(decision_);
}

std::string Authentication::format_fields() const
{
    auto out = authres::format_field(authcheck::make_results(report_, names_.authserv_id, decision_.overridden_by));
    if (report_.spf) out += authres::format_received_spf(authcheck::make_received_spf(report_, checker_->hostname()));
    if (!decision_.marks.empty()) out += mail::format_field(verdict_header, join(decision_.marks, ", "));
    return out;
}

void Authentication::tell(const authcheck::Report& report, const policy::AuthDecision& decision) const
{
    const auto dkim = report.message ? dkim::format_verdict(authcheck::find_best(report.message->signatures)) : "";
    const auto arc = report.message ? dkim::format_chain_verdict(report.message->chain.verdict) : "";
    const auto dmarc = report.dmarc ? dmarc::format_outcome(report.dmarc->judgement.verdict.outcome) : "";
    const bool has_helo = report.spf && report.spf->helo;
    log_.info("gateway.authentication", {{"message", names_.message},
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

void Authentication::count(const authcheck::Report& report) const
{
    const auto add = [&](std::string_view method, std::string_view result) {
        log_.metrics().add(log::Metric::authentication, {method, result});
    };
    if (report.spf) add("spf", spf::format_verdict(report.spf->mail_from.verdict));
    if (report.message) add("dkim", dkim::format_verdict(authcheck::find_best(report.message->signatures)));
    if (report.message) add("arc", dkim::format_chain_verdict(report.message->chain.verdict));
    if (report.dmarc) add("dmarc", dmarc::format_outcome(report.dmarc->judgement.verdict.outcome));
}

}  // namespace sealpost::gateway

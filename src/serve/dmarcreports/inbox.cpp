#include "serve/dmarcreports/inbox.hpp"

#include "base/text.hpp"

namespace sealpost::dmarcreports {

using dmarc::ReceivedReport;
using queue::DueMessage;
using queue::Report;
using Kind = queue::RecipientOutcome::Kind;

namespace {

Report report_all(const DueMessage& message, Kind kind, const std::string& code, const std::string& text)
{
    Report report;
    for (const auto& recipient : message.recipients) report.outcomes.push_back({recipient.index, kind, code, text, "", ""});
    return report;
}

}  // namespace

bool is_report_inbox(std::string_view recipient, std::string_view inbox) { return !inbox.empty() && iequals(recipient, inbox); }

Task<Report> Inbox::deliver(DueMessage message)
{
    auto received = co_await read(message);
    if (received.has_error()) co_return report_all(message, Kind::retry, "4.3.0", received.error().text);
    if (received->state == ReceivedReport::State::report) {
        auto report = co_await keep(std::move(message), std::move(received->report));
        co_return report;
    }
    const bool is_broken = received->state == ReceivedReport::State::broken;
    co_return pass_on(message, is_broken ? received->problem : "no part of the mail is a report");
}

Task<Result<ReceivedReport>> Inbox::read(DueMessage message)
{
    if (message.size > static_cast<std::int64_t>(parts_.limits.max_message_bytes)) {
        ReceivedReport received;
        received.state = ReceivedReport::State::broken;
        received.problem = "the mail is too large for a report";
        co_return received;
    }
    auto text = std::make_shared<std::string>();
    text->reserve(static_cast<std::size_t>(message.size));
    auto source = parts_.queue->read(message.content);
    while (true) {
        SEALPOST_CO_TRY(const std::string piece, co_await source->next());
        if (piece.empty()) break;
        *text += piece;
    }
    ReceivedReport received =
        co_await parts_.pool->run([text, limits = parts_.limits] { return dmarc::read_report_mail(*text, limits); });
    co_return received;
}

Task<Report> Inbox::keep(DueMessage message, dmarc::AggregateReport report)
{
    const std::string organisation = report.organisation, id = report.id, domain = report.policy.domain;
    const std::size_t rows = report.rows.size();
    auto kept = co_await parts_.reports->keep(std::move(report), message.sender);
    if (kept.has_error()) co_return report_all(message, Kind::retry, "4.3.0", kept.error().text);
    parts_.log.info("dmarc.report_received", {{"message", message.id.value()},
                                              {"sender", message.sender},
                                              {"organisation", organisation},
                                              {"report", id},
                                              {"domain", domain},
                                              {"records", rows},
                                              {"new", *kept}});
    co_return report_all(message, Kind::delivered, "2.0.0",
                         *kept ? "read as a DMARC report" : "this DMARC report is known already");
}

Report Inbox::pass_on(const DueMessage& message, const std::string& why) const
{
    parts_.log.warning("dmarc.no_report", {{"message", message.id.value()}, {"sender", message.sender}, {"problem", why}});
    queue::NewMessage next;
    next.lane = parts_.next_lane;
    next.sender = message.sender;
    next.envid = message.envid;
    next.ret = message.ret;
    next.facts = message.facts;
    next.smtputf8 = message.smtputf8;
    for (const auto& recipient : message.recipients)
        next.recipients.push_back({recipient.address, recipient.notify, recipient.orcpt});
    Report report = report_all(message, Kind::relayed_elsewhere, "2.0.0", "no DMARC report: " + why);
    queue::Replacement replacement;
    replacement.messages.push_back(std::move(next));
    report.replacements.push_back(std::move(replacement));
    return report;
}

}  // namespace sealpost::dmarcreports

#include "serve/dmarcreports/inbox.hpp"

#include "base/text.hpp"
#include "core/queue/answering.hpp"

namespace sealpost::dmarcreports {

using dmarc::ReceivedReport;
using queue::DueMessage;
using queue::Report;
using Kind = queue::RecipientOutcome::Kind;

bool is_report_inbox(std::string_view recipient, std::string_view inbox) { return !inbox.empty() && iequals(recipient, inbox); }

Task<Report> Inbox::deliver(DueMessage message)
{
    auto received = co_await read(message);
    if (received.has_error()) co_return queue::report_all(message, Kind::retry, "4.3.0", received.error().text);
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
    const tally::HeldOctets::Place place(held_, message.size);
    if (!place.is_taken()) co_return Error{Fault::retry_later, "other reports are being read"};
    SEALPOST_CO_TRY(std::string whole, co_await queue::read_whole(parts_.queue, message));
    auto work = [text = std::move(whole), limits = parts_.limits] { return dmarc::read_report_mail(text, limits); };
    ReceivedReport received = co_await parts_.pool->run(std::move(work));
    co_return received;
}

Task<Report> Inbox::keep(DueMessage message, dmarc::AggregateReport report)
{
    const std::string organisation = report.organisation, id = report.id, domain = report.policy.domain;
    const std::size_t rows = report.rows.size();
    Origin origin{message.sender, parts_.find_author(message.facts)};
    const std::string author = origin.author;
    auto kept = co_await parts_.reports->keep(std::move(report), std::move(origin));
    if (kept.has_error()) co_return queue::report_all(message, Kind::retry, "4.3.0", kept.error().text);
    parts_.log.info("dmarc.report_received", {{"message", message.id.value()},
                                              {"sender", message.sender},
                                              {"author", author},
                                              {"organisation", organisation},
                                              {"report", id},
                                              {"domain", domain},
                                              {"records", rows},
                                              {"new", *kept}});
    co_return queue::report_all(message, Kind::delivered, "2.0.0",
                                *kept ? "read as a DMARC report" : "this DMARC report is known already");
}

Report Inbox::pass_on(const DueMessage& message, const std::string& why) const
{
    parts_.log.warning("dmarc.no_report", {{"message", message.id.value()}, {"sender", message.sender}, {"problem", why}});
    return queue::pass_on(message, parts_.next_lane, "no DMARC report: " + why);
}

}  // namespace sealpost::dmarcreports

#include "serve/dmarcreports/sender.hpp"

#include "base/text.hpp"
#include "core/queue/own_mail.hpp"
#include "core/tally/key_text.hpp"
#include "sys/async/in_turn.hpp"
#include "wire/archive/archive.hpp"
#include "wire/dmarc/report_mail.hpp"

#include <algorithm>

namespace sealpost::dmarcreports {

using dmarc::Destination;
using dmarc::ReportAddress;

// What has become of what is due.
struct Sender::Round {
    int mails = 0;
    Result<> outcome;
};

// Where a report may go, and what stands in the way of the other addresses.
struct Sender::Destinations {
    std::vector<ReportAddress> addresses;
    std::vector<std::string> problems;
    bool is_whole = true;  // false: some could not be asked for the moment
};

namespace {

constexpr int batch = 50;
constexpr int at_a_time = 8;
constexpr int patience = 5;  // tries before a report goes to those that could be asked, without the others

void add_address(std::vector<ReportAddress>& addresses, ReportAddress address)
{
    const auto is_same = [&](const ReportAddress& each) { return iequals(each.address, address.address); };
    if (addresses.size() < Sender::max_destinations && std::ranges::none_of(addresses, is_same))
        addresses.push_back(std::move(address));
}

// RFC 7489 §7.2: a size limit is for the report "after any compression and before any encoding".
std::vector<std::string> find_recipients(const std::vector<ReportAddress>& addresses, std::size_t bytes)
{
    std::vector<std::string> to;
    for (const ReportAddress& address : addresses)
        if (address.max_bytes == 0 || bytes <= address.max_bytes) to.push_back(address.address);
    return to;
}

}  // namespace

Task<Result<int>> Sender::send_due()
{
    Round round;
    const auto send_one = [this, &round](Period period) { return send_in(round, std::move(period)); };
    while (true) {
        SEALPOST_CO_TRY(auto due, co_await parts_.reports->due(batch));
        const bool is_last = due.size() < static_cast<std::size_t>(batch);
        co_await async::each_in_turn(std::move(due), at_a_time, send_one);
        if (round.outcome.has_error()) co_return round.outcome.error();
        if (is_last) co_return round.mails;
    }
}

// One report that cannot be made or queued holds up none of the others; a store that takes nothing ends the round.
Task<void> Sender::send_in(Round& round, Period period)
{
    if (round.outcome.has_error()) co_return;
    auto sent = co_await send(period);
    if (sent.has_value()) {
        round.mails += *sent ? 1 : 0;
        co_return;
    }
    auto put = co_await put_off(std::move(period), sent.error().text);
    if (put.has_error()) round.outcome = put.error();
}

Task<Result<>> Sender::put_off(Period period, std::string problem)
{
    const WallTime later = parts_.clock->now() + retry_after;
    parts_.log.warning("dmarc.report_postponed",
                       {{"domain", period.policy.domain}, {"problem", problem}, {"until", format_rfc3339(later)}});
    return parts_.reports->postpone(period.id, later, std::move(problem));
}

// Whatever happens, the report is settled or due later. False: no mail.
Task<Result<bool>> Sender::send(Period period)
{
    if (parts_.clock->now() > tally::end_of(period.day) + give_up_after) {
        SEALPOST_CO_CHECK(co_await parts_.reports->settle(period.id, PeriodState::given_up, period.told));
        co_return false;
    }
    Destinations destinations = co_await find_destinations(period);
    if (!destinations.is_whole && (destinations.addresses.empty() || period.attempts < patience)) {
        SEALPOST_CO_CHECK(co_await put_off(std::move(period), join(destinations.problems, "; ")));
        co_return false;
    }
    if (destinations.addresses.empty()) {
        SEALPOST_CO_CHECK(co_await parts_.reports->settle(period.id, PeriodState::unwanted, join(destinations.problems, "; ")));
        co_return false;
    }
    SEALPOST_CO_TRY(std::string packed, co_await write_report(period));
    const std::vector<std::string> to = find_recipients(destinations.addresses, packed.size());
    if (to.empty()) {
        const std::string why = "the report of " + std::to_string(packed.size()) + " octets is larger than its readers want";
        SEALPOST_CO_CHECK(co_await parts_.reports->settle(period.id, PeriodState::unwanted, why));
        co_return false;
    }
    SEALPOST_CO_CHECK(co_await queue_mail(period, to, std::move(packed)));
    SEALPOST_CO_CHECK(co_await parts_.reports->settle(period.id, PeriodState::sent, join(to, ", ")));
    co_return true;
}

Task<void> Sender::verify(const Period& period, std::size_t address, Destination& into)
{
    const Deadline deadline = Deadline::after(parts_.dns_timeout);
    Destination found =
        co_await dmarc::verify_destination(*parts_.resolver, period.policy.domain, period.addresses[address], deadline);
    into = std::move(found);
}

Task<Sender::Destinations> Sender::find_destinations(Period period)
{
    Destinations found;
    if (period.addresses.empty()) found.problems.push_back("the record names no report address");
    Destination unasked;
    unasked.state = Destination::State::temporary;
    std::vector<Destination> destinations(period.addresses.size(), unasked);
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (std::size_t i = 0; i < destinations.size(); ++i) group.spawn(verify(period, i, destinations[i]));
    co_await group.join();
    for (std::size_t i = 0; i < destinations.size(); ++i) {
        const ReportAddress& address = period.addresses[i];
        Destination& destination = destinations[i];
        if (destination.state == Destination::State::temporary) found.is_whole = false;
        if (!destination.problem.empty()) found.problems.push_back(address.address + ": " + destination.problem);
        for (auto& agreed : destination.addresses) add_address(found.addresses, std::move(agreed));
    }
    co_return found;
}

std::string Sender::make_report_id(const Period& period) const
{
    return tally::format_day(period.day) + "." + std::to_string(period.id.value()) + "@" + parts_.submitter;
}

// The XML, packed.
Task<Result<std::string>> Sender::write_report(Period period)
{
    dmarc::AggregateReport report;
    report.organisation = parts_.organisation;
    report.email = parts_.contact;
    report.id = make_report_id(period);
    report.begin = tally::begin_of(period.day);
    report.end = tally::end_of(period.day);
    report.policy = period.policy;
    if (period.omitted > 0)
        report.errors.push_back(std::to_string(period.omitted) +
                                " more messages stand in no record: they differed in too many ways");
    SEALPOST_CO_TRY(report.rows, co_await parts_.reports->load_rows(period.id));
    auto work = [report = std::move(report)] { return archive::pack(dmarc::format_xml(report)); };
    std::string packed = co_await parts_.pool->run(std::move(work));
    co_return packed;
}

Task<Result<>> Sender::queue_mail(Period period, std::vector<std::string> to, std::string packed)
{
    dmarc::ReportMail mail;
    mail.from = parts_.from;
    mail.to = to;
    mail.submitter = parts_.submitter;
    mail.organisation = parts_.organisation;
    mail.policy_domain = period.policy.domain;
    mail.report_id = make_report_id(period);
    mail.unique = std::to_string(period.id.value());
    mail.begin = tally::begin_of(period.day);
    mail.end = tally::end_of(period.day);
    mail.at = parts_.clock->now();
    queue::OwnMail own;
    own.lane = parts_.lane;
    own.sender = parts_.from;
    own.to = std::move(to);
    own.facts = parts_.facts;
    // The store may have taken it before, and not that it was sent.
    own.once =
        queue::Once{"dmarc report " + tally::make_key({tally::format_day(period.day), mail.unique, join(mail.to, ",")}), ""};
    std::string text = dmarc::format_report_mail(mail, packed);
    SEALPOST_CO_TRY(const auto queued, co_await queue::send_own_mail(parts_.queue, std::move(own), std::move(text)));
    if (!queued) co_return Result<>();
    parts_.log.info("dmarc.report_queued", {{"domain", mail.policy_domain},
                                            {"report", mail.report_id},
                                            {"to", join(mail.to, ", ")},
                                            {"messages", period.messages},
                                            {"message", queued->value()}});
    co_return Result<>();
}

}  // namespace sealpost::dmarcreports

#include "serve/tlsreports/sender.hpp"

#include "base/text.hpp"
#include "core/queue/own_mail.hpp"
#include "core/tally/key_text.hpp"
#include "sys/async/in_turn.hpp"
#include "wire/archive/archive.hpp"
#include "wire/tlsrpt/report_mail.hpp"

#include <algorithm>

namespace sealpost::tlsreports {

using tlsrpt::Address;
using tlsrpt::Discovery;

// What has become of what is due.
struct Sender::Round {
    int whole = 0;
    Result<> outcome;
};

// One report that is being brought.
struct Sender::Errand {
    Period period;
    std::vector<Address> addresses;  // that still lack it
    std::string packed;
    std::vector<std::string> problems;
};

namespace {

constexpr int batch = 50;
constexpr int at_a_time = 8;
constexpr std::size_t max_answer_bytes = 16 * 1024;

std::string make_report_id(const Reporter& reporter, const Period& period)
{
    return tally::format_day(period.day) + "." + std::to_string(period.id.value()) + "@" + reporter.submitter;
}

std::chrono::minutes find_pause(int attempts)
{
    return std::min(Sender::first_retry * (1 << std::clamp(attempts, 0, 10)), Sender::longest_retry);
}

bool is_done(const Period& period, const Address& address)
{
    return std::ranges::find(period.done, address.where) != period.done.end();
}

// A record of strangers sends us there: a name in DNS with a dot, never an address or a name of this network alone. What
// answers must prove that name, and no redirect is followed.
bool may_be_asked(const std::string& url)
{
    const auto parsed = http::parse_url(url);
    if (parsed.has_error() || !parsed->tls) return false;
    return !parse_ip(parsed->host) && parsed->host.find('.') != std::string::npos && !parsed->host.ends_with(".localhost");
}

void leave_out_unasked(tlsrpt::Record& record)
{
    std::erase_if(record.addresses, [&](const Address& address) {
        const bool is_bad = address.kind == Address::Kind::https && !may_be_asked(address.where);
        if (is_bad) record.problems.push_back("\"" + address.where + "\" is no URL of a public name");
        return is_bad;
    });
}

std::string describe_unwanted(const Discovery& found)
{
    if (found.state == Discovery::State::none) return "the domain asks for no reports";
    return found.problem.empty() ? join(found.record.problems, "; ") : found.problem;
}

}  // namespace

tlsrpt::Report make_report(const Reporter& reporter, const Period& period, std::vector<tlsrpt::PolicyResult> results)
{
    tlsrpt::Report report;
    report.organisation = reporter.organisation;
    report.contact = reporter.contact;
    report.id = make_report_id(reporter, period);
    report.begin = tally::begin_of(period.day);
    report.end = tally::end_of(period.day);
    report.policies = std::move(results);
    return report;
}

Task<Result<int>> Sender::send_due()
{
    Round round;
    const auto send_one = [this, &round](Period period) { return send_in(round, std::move(period)); };
    while (true) {
        SEALPOST_CO_TRY(auto due, co_await parts_.reports->due(batch));
        const bool is_last = due.size() < static_cast<std::size_t>(batch);
        co_await async::each_in_turn(std::move(due), at_a_time, send_one);
        if (round.outcome.has_error()) co_return round.outcome.error();
        if (is_last) co_return round.whole;
    }
}

// One report that cannot be made or queued holds up none of the others; a store that takes nothing ends the round.
Task<void> Sender::send_in(Round& round, Period period)
{
    if (round.outcome.has_error()) co_return;
    auto sent = co_await send(period);
    if (sent.has_value()) {
        round.whole += *sent ? 1 : 0;
        co_return;
    }
    auto put = co_await put_off(std::move(period), sent.error().text);
    if (put.has_error()) round.outcome = put.error();
}

Task<Result<>> Sender::put_off(Period period, std::string problem)
{
    const WallTime later = parts_.clock->now() + find_pause(period.attempts);
    parts_.log.warning("tlsrpt.report_postponed",
                       {{"domain", period.domain}, {"problem", problem}, {"until", format_rfc3339(later)}});
    return parts_.reports->postpone(period.id, later, std::move(period.done), std::move(problem));
}

// Whatever happens, the report is settled or due later. True: everybody who wants it has it.
Task<Result<bool>> Sender::send(Period period)
{
    const WallTime now = parts_.clock->now();
    if (period.attempts >= max_attempts || now > tally::end_of(period.day) + give_up_after) {
        const auto state = period.done.empty() ? PeriodState::given_up : PeriodState::sent;
        SEALPOST_CO_CHECK(co_await parts_.reports->settle(period.id, state, period.done, period.told));
        co_return false;
    }
    const Deadline deadline = Deadline::after(parts_.dns_timeout);
    Discovery found = co_await tlsrpt::find_record(*parts_.resolver, period.domain, deadline);
    if (found.state == Discovery::State::temporary) {
        SEALPOST_CO_CHECK(co_await put_off(std::move(period), std::move(found.problem)));
        co_return false;
    }
    leave_out_unasked(found.record);
    Errand errand{std::move(period), std::move(found.record.addresses), "", {}};
    if (errand.addresses.empty()) {
        const std::string told = describe_unwanted(found);
        SEALPOST_CO_CHECK(co_await parts_.reports->settle(errand.period.id, PeriodState::unwanted, {}, told));
        co_return false;
    }
    if (errand.addresses.size() > max_destinations) errand.addresses.resize(max_destinations);
    std::erase_if(errand.addresses, [&](const Address& address) { return is_done(errand.period, address); });
    SEALPOST_CO_TRY(const bool sent, co_await bring(errand));
    co_return sent;
}

Task<Result<bool>> Sender::bring(Errand& errand)
{
    SEALPOST_CO_TRY(errand.packed, co_await write_report(errand.period));
    SEALPOST_CO_CHECK(co_await queue_mail(errand));
    co_await post_all(errand);
    const Period& period = errand.period;
    const bool has_all = std::ranges::all_of(errand.addresses, [&](const Address& address) { return is_done(period, address); });
    if (has_all) {
        SEALPOST_CO_CHECK(co_await parts_.reports->settle(period.id, PeriodState::sent, period.done, ""));
        co_return true;
    }
    SEALPOST_CO_CHECK(co_await put_off(std::move(errand.period), join(errand.problems, "; ")));
    co_return false;
}

// The JSON, packed.
Task<Result<std::string>> Sender::write_report(Period period)
{
    SEALPOST_CO_TRY(auto results, co_await parts_.reports->load_results(period.id));
    auto work = [report = make_report(parts_.reporter, period, std::move(results))] {
        return archive::pack(tlsrpt::format_json(report));
    };
    std::string packed = co_await parts_.pool->run(std::move(work));
    co_return packed;
}

// The queue tries as long as we would, and tells nobody.
queue::BouncePlan Sender::mail_plan() const
{
    queue::BouncePlan plan;
    plan.retry.max_age = std::chrono::hours(24);
    plan.send_bounces = false;
    return plan;
}

Task<Result<>> Sender::queue_mail(Errand& errand)
{
    const Period& period = errand.period;
    tlsrpt::ReportMail mail;
    for (const Address& address : errand.addresses)
        if (address.kind == Address::Kind::mail) mail.to.push_back(address.where);
    if (mail.to.empty()) co_return Result<>();
    mail.from = parts_.from;
    mail.submitter = parts_.reporter.submitter;
    mail.organisation = parts_.reporter.organisation;
    mail.policy_domain = period.domain;
    mail.report_id = make_report_id(parts_.reporter, period);
    mail.unique = std::to_string(period.id.value());
    mail.begin = tally::begin_of(period.day);
    mail.end = tally::end_of(period.day);
    mail.at = parts_.clock->now();
    queue::OwnMail own;
    own.lane = parts_.lane;
    own.sender = parts_.from;
    own.to = mail.to;
    own.facts = parts_.facts;
    own.plan = mail_plan();
    // The store may have taken it before, and not that it was sent.
    own.once = queue::Once{"tls report " + tally::make_key({tally::format_day(period.day), mail.unique, join(mail.to, ",")}), ""};
    std::string text = tlsrpt::format_report_mail(mail, errand.packed);
    SEALPOST_CO_TRY(const auto queued, co_await queue::send_own_mail(parts_.queue, std::move(own), std::move(text)));
    if (queued)
        parts_.log.info("tlsrpt.report_queued", {{"domain", mail.policy_domain},
                                                 {"report", mail.report_id},
                                                 {"to", join(mail.to, ", ")},
                                                 {"sessions", period.succeeded + period.failed},
                                                 {"failed", period.failed},
                                                 {"message", queued->value()}});
    for (auto& address : mail.to) errand.period.done.push_back(std::move(address));
    co_return Result<>();
}

// Side by side: one that does not answer must not use up the time of the others.
Task<void> Sender::post_all(Errand& errand)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (const Address& address : errand.addresses)
        if (address.kind == Address::Kind::https) group.spawn(post(errand, address.where));
    co_await group.join();
}

// RFC 8460 §5.4: "POST", with the type of a packed report; a 2xx answer takes it.
Task<void> Sender::post(Errand& errand, std::string url)
{
    http::ClientRequest request;
    request.method = http::Method::post;
    request.url = url;
    request.headers.set("Content-Type", std::string(tlsrpt::packed_type));
    request.body = errand.packed;
    request.max_response_bytes = max_answer_bytes;
    auto answer = co_await parts_.client->send(std::move(request), Deadline::after(parts_.http_timeout));
    if (answer.has_value() && answer->status / 100 == 2) {
        parts_.log.info("tlsrpt.report_posted", {{"domain", errand.period.domain},
                                                 {"report", make_report_id(parts_.reporter, errand.period)},
                                                 {"url", url},
                                                 {"sessions", errand.period.succeeded + errand.period.failed},
                                                 {"failed", errand.period.failed}});
        errand.period.done.push_back(std::move(url));
        co_return;
    }
    const std::string problem =
        answer.has_error() ? answer.error().text : "the server answered with status " + std::to_string(answer->status);
    parts_.log.warning("tlsrpt.not_posted", {{"domain", errand.period.domain}, {"url", url}, {"problem", problem}});
    errand.problems.push_back(url + ": " + problem);
}

}  // namespace sealpost::tlsreports

#include "serve/courier/courier.hpp"

#include "base/text.hpp"
#include "serve/courier/state.hpp"
#include "sys/log/word_list.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/mailbox.hpp"

namespace sealpost::courier {
namespace {

constexpr std::size_t max_logged_bytes = 1024;  // of what a host says; it may say 32 KiB

// As many as there is room for.
std::string list_recipients(const smtp::OutgoingMail& mail, const std::vector<std::size_t>& indices)
{
    log::WordList list;
    for (const std::size_t index : indices) {
        if (!list.add(mail::format_mailbox(mail.recipients[index].recipient))) break;
    }
    return list.text();
}

std::string_view format_outcome(Attempt::Outcome outcome)
{
    switch (outcome) {
        case Attempt::Outcome::completed: return "completed";
        case Attempt::Outcome::unreachable: return "unreachable";
        case Attempt::Outcome::tls_unmet: return "tls_unmet";
        case Attempt::Outcome::utf8_unmet: return "utf8_unmet";
        case Attempt::Outcome::refused: return "refused";
        case Attempt::Outcome::broken: return "broken";
        case Attempt::Outcome::undecided: return "undecided";
        case Attempt::Outcome::misconfigured: return "misconfigured";
    }
    return "unknown";
}

// A connection that rested may have been closed by the server meanwhile: no fault of the host.
bool died_at_rest(const smtp::TransactionOutcome& outcome)
{
    if (outcome.mail) return outcome.mail->code == 421;
    return !outcome.usable;
}

void describe(Attempt& attempt, const smtp::TransactionOutcome& outcome)
{
    attempt.stage = outcome.stage;
    attempt.problem = outcome.problem;
    const bool mail_is_refused = !outcome.content && outcome.mail && !outcome.mail->is_positive();
    attempt.reply = mail_is_refused ? outcome.mail : outcome.content;
    if (!outcome.problem.empty())
        attempt.outcome = outcome.content_unfit ? Attempt::Outcome::broken : Attempt::Outcome::unreachable;
    else if (mail_is_refused)
        attempt.outcome = Attempt::Outcome::refused;
    else
        attempt.outcome = Attempt::Outcome::completed;
}

std::string_view name_result(const RecipientResult& result)
{
    if (result.postponed_for) return "postponed";
    switch (result.kind) {
        case RecipientResult::Kind::delivered: return "delivered";
        case RecipientResult::Kind::deferred: return "deferred";
        case RecipientResult::Kind::refused: return "refused";
    }
    return "unknown";
}

void count(const log::Metrics& metrics, const CarryReport& report, Deadline::Clock::time_point begun)
{
    for (const RecipientResult& result : report.recipients) metrics.add(log::Metric::delivery_recipients, {name_result(result)});
    if (report.attempts.empty()) return;
    const std::chrono::duration<double> spent = Deadline::Clock::now() - begun;
    metrics.observe(log::Metric::delivery_seconds, spent.count());
}

}  // namespace

Courier::Courier(CourierOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Courier::~Courier() = default;

std::size_t Courier::idle_connections() const { return state_->rested.size(); }

Task<CarryReport> Courier::carry(Order order, Deadline deadline)
{
    const auto begun = Deadline::Clock::now();
    State::Errand errand(std::move(order), deadline);
    const std::size_t granted = state_->restrain(errand);
    if (granted > 0) {
        try {
            co_await state_->try_hosts(errand);
        } catch (const std::exception& failure) {
            // At the end of a drain, mostly. Who has the message already must not be forgotten: he would get it twice.
            errand.ledger.break_off();
            state_->options.log.warning(
                "delivery.broke_off",
                {{"message", errand.order.message_id}, {"domain", errand.order.domain}, {"problem", failure.what()}});
        }
    }
    CarryReport report;
    report.recipients = errand.ledger.take();
    for (RecipientResult& result : report.recipients)
        result.tls_unmet_everywhere = result.tls_unmet_everywhere && !errand.left_some_out;
    report.attempts = std::move(errand.attempts);
    state_->give_back(errand, report, granted);
    count(state_->options.log.metrics(), report, begun);
    state_->warn_of_tls(errand.order, report);
    co_return report;
}

Task<void> Courier::State::try_hosts(Errand& errand)
{
    const Order& what = errand.order;
    Plan plan = co_await make_plan(*options.resolver, what.domain, what.route, what.mx_port, chance, turns, errand.deadline);
    leave_out_ourselves(what, plan);
    if (plan.hops.empty()) errand.ledger.settle(plan.kind, plan.reply);
    bound_hosts(errand, plan);
    for (const Hop& hop : plan.hops) {
        if (is_over(errand)) {
            errand.left_some_out = true;
            break;
        }
        if (hop.by_mx)
            co_await try_domain(errand, hop);
        else
            co_await try_hop(errand, hop);
    }
    if (what.require_tls) refuse_without_requiretls(errand);
    if (what.mail.mail.smtputf8) refuse_without_smtputf8(errand);
}

// RFC 5321 §5.1: a host that is itself among the MX of the domain passes mail on to those in front of it only; the others
// would bring it back, and it would go in a circle. Without any in front it waits: a route is missing.
void Courier::State::leave_out_ourselves(const Order& order, Plan& plan)
{
    const auto own =
        std::ranges::find_if(plan.hops, [&](const Hop& hop) { return !hop.mx_of.empty() && iequals(hop.host, order.own_name); });
    if (own == plan.hops.end()) return;
    plan.reply = {451, "4.4.6", "the mail host of " + own->mx_of + " is this host itself, and no route leads on from it"};
    std::erase_if(plan.hops, [priority = own->priority](const Hop& hop) { return hop.priority >= priority; });
}

void Courier::State::bound_hosts(Errand& errand, Plan& plan) const
{
    if (plan.hops.size() <= options.limits.max_hosts) return;
    plan.hops.resize(options.limits.max_hosts);
    errand.left_some_out = true;
}

bool Courier::State::is_settled(const Errand& errand)
{
    return errand.stopped || !errand.ledger.has_open() || errand.deadline.has_passed();
}

bool Courier::State::is_over(const Errand& errand) const
{
    return errand.hosts >= options.limits.max_hosts || is_settled(errand);
}

// A route's word about a domain is never final: what is wrong with it is ours to mend, and the mail waits.
Task<void> Courier::State::try_domain(Errand& errand, Hop hop)
{
    Plan plan = co_await expand_hop(*options.resolver, hop, errand.order.mx_port, chance, errand.deadline);
    leave_out_ourselves(errand.order, plan);
    if (plan.hops.empty()) {
        dns::Addresses none;
        none.problem = plan.reply.text();
        note_unresolved(errand, hop, none);
    }
    bound_hosts(errand, plan);
    for (const Hop& host : plan.hops) {
        if (is_over(errand)) {
            errand.left_some_out = true;
            co_return;
        }
        co_await try_hop(errand, host);
    }
}

// Where one address is all there is, it is tried even from an address of ours of the other family: the failure says why.
void Courier::State::leave_out_families(const Order& order, dns::Addresses& found) const
{
    if (found.addresses.empty()) return;
    choose_family(found.addresses, order.restraint.family);
    if (found.addresses.empty()) found.problem = "the host has no address of the family that the destination requires";
    order.from.narrow(found.addresses);
    if (found.addresses.empty()) found.problem = "the host has no address of the family of our own";
}

Task<void> Courier::State::try_hop(Errand& errand, Hop hop)
{
    ++errand.hosts;
    dns::Addresses found;
    if (const auto literal = parse_ip(hop.host)) {
        found.addresses = {*literal};
    } else {
        auto answer = co_await dns::find_addresses(*options.resolver, hop.host, errand.deadline);
        found = std::move(answer);
        if (!found.complete) errand.left_some_out = true;
    }
    HostRuling ruling = co_await rule(errand, hop, found);
    if (!ruling.forbidden.empty()) {
        forbid(errand, hop, ruling);
        co_return;
    }
    leave_out_families(errand.order, found);
    if (found.addresses.empty()) {
        note_unresolved(errand, hop, found);
        co_return;
    }
    if (found.addresses.size() > options.limits.max_addresses) found.addresses.resize(options.limits.max_addresses);
    for (const IpAddress& address : found.addresses) {
        if (is_settled(errand)) co_return;
        const auto from = errand.order.from.find_for(address);
        LinkKey key{hop.host, {address, hop.port}, ruling.terms, from, errand.order.helo_name, hop.login};
        errand.ledger.begin_host();
        co_await try_address(errand, std::move(key), ruling);
    }
}

void Courier::State::note_unresolved(Errand& errand, const Hop& hop, const dns::Addresses& found)
{
    Attempt attempt;
    attempt.host = hop.host;
    attempt.endpoint.port = hop.port;
    attempt.problem = found.problem.empty() ? "the host has no address" : found.problem;
    record(errand, std::move(attempt));
    errand.ledger.note_failure(errand.attempts.back(), errand.attempts.size() - 1);
}

// As many transactions as it takes to offer every open recipient to this host once.
Task<void> Courier::State::try_address(Errand& errand, LinkKey key, const HostRuling& ruling)
{
    bool may_reuse = true;
    for (;;) {
        auto chosen = errand.ledger.choose(options.limits.max_recipients);
        if (chosen.empty() || errand.stopped || errand.deadline.has_passed()) co_return;
        Attempt attempt;
        attempt.host = key.host;
        attempt.endpoint = key.endpoint;
        attempt.tls_basis = ruling.basis;
        attempt.recipients = chosen;
        auto link = co_await find_link(errand, key, may_reuse, attempt, ruling);
        if (!link && errand.stopped) co_return;
        if (!link) {
            record(errand, std::move(attempt));
            errand.ledger.note_failure(errand.attempts.back(), errand.attempts.size() - 1);
            co_return;
        }
        if (is_unfit(errand, *link, attempt)) {
            co_await keep(errand, std::move(link));
            co_return;
        }
        may_reuse = co_await send(errand, std::move(link), std::move(chosen), std::move(attempt));
    }
}

// RFC 6531 §3.2: a message that needs SMTPUTF8 goes to no server without it; the next one may have it.
bool Courier::State::is_unfit(Errand& errand, const Link& link, const Attempt& attempt)
{
    if (!errand.order.mail.mail.smtputf8 || link.offered().smtputf8) return false;
    Attempt unfit = attempt;
    unfit.outcome = Attempt::Outcome::utf8_unmet;
    unfit.stage = smtp::Stage::mail;
    unfit.problem = "the server does not offer SMTPUTF8, which the message needs";
    record(errand, std::move(unfit));
    errand.ledger.note_failure(errand.attempts.back(), errand.attempts.size() - 1);
    return true;
}

// A host that was not there today, or not tried, may offer it tomorrow.
void Courier::State::refuse_without_smtputf8(Errand& errand)
{
    if (errand.left_some_out || errand.attempts.empty() || errand.deadline.has_passed()) return;
    const auto lacks_it = [](const Attempt& attempt) { return attempt.outcome == Attempt::Outcome::utf8_unmet; };
    if (!std::ranges::all_of(errand.attempts, lacks_it)) return;
    const Attempt& last = errand.attempts.back();
    errand.ledger.settle(RecipientResult::Kind::refused, {550, "5.6.7", last.host + ": " + last.problem});
}

smtp::OutgoingMail Courier::State::select(const Errand& errand, const std::vector<std::size_t>& chosen) const
{
    smtp::OutgoingMail mail;
    mail.mail = errand.order.mail.mail;
    mail.mail.require_tls = errand.order.require_tls;
    for (const std::size_t index : chosen) mail.recipients.push_back(errand.order.mail.recipients[index]);
    return mail;
}

// False: the connection had died at rest, and the next try is to make a new one.
Task<bool> Courier::State::send(Errand& errand, std::unique_ptr<Link> link, std::vector<std::size_t> chosen, Attempt attempt)
{
    smtp::OutgoingMail mail = select(errand, chosen);
    attempt.takes_dsn = link->offered().dsn;
    auto outcome = co_await link->send(std::move(mail), errand.order.content, errand.deadline);
    if (attempt.reused && died_at_rest(outcome)) co_return false;
    describe(attempt, outcome);
    record(errand, std::move(attempt));
    const std::size_t index = errand.attempts.size() - 1;
    errand.ledger.note(chosen, outcome, errand.attempts.back(), index);
    if (outcome.content_unfit)
        errand.ledger.settle_these(chosen, RecipientResult::Kind::refused, {554, "5.6.0", outcome.problem}, index);
    errand.stopped = outcome.content_unfit || link->content_gave_out();
    co_await keep(errand, std::move(link));
    co_return true;
}

// One event an order: mail waits, or is sealed instead, because TLS was not to be had. Its attempts are counted
// with the outcome tls_unmet.
void Courier::State::warn_of_tls(const Order& order, const CarryReport& report) const
{
    const bool is_required = order.require_tls || (order.tls != TlsDemand::none && order.tls != TlsDemand::preferred);
    const auto unmet = std::ranges::find(report.recipients, true, &RecipientResult::tls_unmet);
    if (!is_required || unmet == report.recipients.end()) return;
    const Attempt none;
    const Attempt& attempt = unmet->attempt ? report.attempts.at(*unmet->attempt) : none;
    options.log.warning("delivery.tls_failed", {{"delivery", attempt.delivery},
                                                {"message", order.message_id},
                                                {"domain", order.domain},
                                                {"host", attempt.host},
                                                {"tls_demand", format_tls_demand(order.tls)},
                                                {"reason", unmet->reply.text()}});
    if (options.on_tls_failure && !order.require_tls)
        options.on_tls_failure({order.domain, attempt.host, order.tls, unmet->reply.text()});
}

void Courier::State::record(Errand& errand, Attempt attempt)
{
    const TlsFacts none;
    const TlsFacts& tls = attempt.tls ? *attempt.tls : none;
    if (attempt.recipients.empty()) attempt.recipients = errand.ledger.list_open();
    std::string said = attempt.reply ? smtp::format_reply_line(*attempt.reply) : attempt.problem;
    mail::cut_text(said, max_logged_bytes);
    options.log.info("delivery.attempt", {{"delivery", attempt.delivery},
                                          {"message", errand.order.message_id},
                                          {"domain", errand.order.domain},
                                          {"to", list_recipients(errand.order.mail, attempt.recipients)},
                                          {"host", attempt.host},
                                          {"address", format_endpoint(attempt.endpoint)},
                                          {"reused", attempt.reused},
                                          {"tls_demand", format_tls_demand(errand.order.tls)},
                                          {"tls_basis", attempt.tls_basis},
                                          {"tls", attempt.tls ? tls.protocol : "none"},
                                          {"cipher", tls.cipher},
                                          {"verified", tls.verified},
                                          {"proof", format_tls_proof(tls.proof)},
                                          {"tls_problem", tls.problem},
                                          {"fingerprint", tls.fingerprint},
                                          {"outcome", format_outcome(attempt.outcome)},
                                          {"stage", smtp::format_stage(attempt.stage)},
                                          {"said", said}});
    const std::string_view proof = !attempt.tls ? "none" : tls.verified ? "verified" : "unverified";
    options.log.metrics().add(log::Metric::delivery_attempts, {format_outcome(attempt.outcome), proof});
    errand.attempts.push_back(std::move(attempt));
}

Task<void> Courier::close_idle() { co_await state_->close_those_at_rest(true); }

Task<void> Courier::keep_tidy()
{
    for (;;) {
        auto slept = co_await async::sleep_until(Deadline::after(state_->options.limits.idle));
        if (!slept) co_return;
        co_await state_->close_those_at_rest(false);
    }
}

}  // namespace sealpost::courier

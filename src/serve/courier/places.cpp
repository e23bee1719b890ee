// The courier's connections: which one an order may use, when it has to wait for one, and what else the
// destination is to be spared.
#include "serve/courier/state.hpp"

namespace sealpost::courier {
namespace {

constexpr std::chrono::seconds pause_when_crowded{30};

// A host that says nothing leaves time for those behind it.
Deadline half_of(Deadline whole)
{
    if (whole.is_never()) return whole;
    return Deadline::after((whole.at() - Deadline::Clock::now()) / 2);
}

}  // namespace

Task<std::unique_ptr<Link>> Courier::State::find_link(Errand& errand, LinkKey key, bool may_reuse, Attempt& attempt,
                                                      const HostRuling& ruling)
{
    const bool is_counted = errand.order.restraint.max_connections > 0;
    Seat seat;
    std::unique_ptr<Link> link;
    if (is_counted) {
        link = co_await await_place(errand, key, may_reuse, seat);
        if (!link && !seat.is_taken()) {
            errand.stopped = true;
            const auto most = std::to_string(errand.order.restraint.max_connections);
            postpone(errand, "all " + most + " connections that the destination is granted are in use", pause_when_crowded, 0);
            co_return nullptr;
        }
    }
    if (!link && may_reuse) link = take_rested(errand, key, false);
    attempt.reused = link != nullptr;
    if (link) {
        if (link->counted_for() != errand.order.domain || !is_counted) link->occupy(std::move(seat));
        attempt.delivery = link->id();
        attempt.tls = link->tls();
        co_return std::move(link);
    }
    attempt.delivery = ids.next();
    auto trust = options.trust();
    Link::Opening fresh =
        co_await Link::open(std::move(key), std::move(trust), options.limits, half_of(errand.deadline), attempt);
    // A certificate that proves nothing now: not so a host that lacks STARTTLS or REQUIRETLS.
    if (attempt.stage == smtp::Stage::tls) attempt.may_pass = attempt.may_pass || ruling.may_pass;
    tell(errand, ruling, attempt, fresh);
    if (fresh.link) fresh.link->occupy(std::move(seat));
    co_return std::move(fresh.link);
}

// A connection at rest of this domain, or a seat to open one with, or neither in time. Who came first is
// served first; a connection at rest that the order cannot use makes room.
Task<std::unique_ptr<Link>> Courier::State::await_place(Errand& errand, LinkKey key, bool may_reuse, Seat& seat)
{
    const std::string& domain = errand.order.domain;
    Executor executor = co_await async::this_executor();
    Turn turn(domain_limits, domain, executor);
    const Deadline end = Deadline::after(options.limits.connection_wait).or_sooner(errand.deadline);
    while (true) {
        if (turn.is_first()) {
            std::unique_ptr<Link> link = may_reuse ? take_rested(errand, key, true) : nullptr;
            if (link) co_return std::move(link);
            seat = domain_limits.try_seat(domain, errand.order.restraint.max_connections);
            if (seat.is_taken()) co_return nullptr;
            std::unique_ptr<Link> other = take_rested_of(domain);
            if (other) {
                co_await other->quit();
                continue;
            }
        }
        if (end.has_passed()) co_return nullptr;
        [[maybe_unused]] const bool changed = co_await turn.wait(end);
    }
}

std::unique_ptr<Link> Courier::State::take_rested(const Errand& errand, const LinkKey& key, bool own_seat_only)
{
    for (auto at = rested.begin(); at != rested.end(); ++at) {
        const Link& link = **at;
        if (link.key() != key || link.idle_end().has_passed() || link.messages() >= max_messages(errand)) continue;
        if (own_seat_only && link.counted_for() != errand.order.domain) continue;
        std::unique_ptr<Link> taken = std::move(*at);
        rested.erase(at);
        return taken;
    }
    return nullptr;
}

std::unique_ptr<Link> Courier::State::take_rested_of(const std::string& domain)
{
    const auto at = std::find_if(rested.begin(), rested.end(), [&](const auto& link) { return link->counted_for() == domain; });
    if (at == rested.end()) return nullptr;
    std::unique_ptr<Link> link = std::move(*at);
    rested.erase(at);
    return link;
}

Task<void> Courier::State::keep(const Errand& errand, std::unique_ptr<Link> link)
{
    if (!link->is_usable()) co_return;
    if (link->messages() >= max_messages(errand) || options.limits.max_idle_connections == 0) {
        co_await link->quit();
        co_return;
    }
    link->rest_until(Deadline::after(options.limits.idle));
    const std::string domain = link->counted_for();
    rested.push_back(std::move(link));
    domain_limits.wake_first(domain);
    if (rested.size() <= options.limits.max_idle_connections) co_return;
    std::unique_ptr<Link> oldest = std::move(rested.front());
    rested.pop_front();
    co_await oldest->quit();
}

Task<void> Courier::State::close_those_at_rest(bool all)
{
    std::list<std::unique_ptr<Link>> leaving;
    for (auto at = rested.begin(); at != rested.end();) {
        const auto next = std::next(at);
        if (all || (*at)->idle_end().has_passed()) leaving.splice(leaving.end(), rested, at);
        at = next;
    }
    if (leaving.empty()) co_return;
    // Side by side: a host that does not answer its QUIT holds up no other.
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (auto& link : leaving) group.spawn(link->quit());
    co_await group.join();
}

unsigned Courier::State::max_messages(const Errand& errand) const
{
    const unsigned own = errand.order.restraint.max_messages_per_connection;
    return own == 0 ? options.limits.max_messages_per_connection : own;
}

std::size_t Courier::State::restrain(Errand& errand)
{
    const Restraint& restraint = errand.order.restraint;
    const std::size_t wanted = errand.order.mail.recipients.size();
    const auto grant = domain_limits.take_recipients(errand.order.domain, restraint, wanted, Deadline::Clock::now());
    if (grant.recipients < wanted) {
        const auto most = std::to_string(restraint.max_recipients);
        const auto minutes = std::to_string(restraint.recipient_period.count());
        postpone(errand, "the destination is granted " + most + " recipients in " + minutes + " minutes", grant.wait,
                 grant.recipients);
    }
    return grant.recipients;
}

// Recipients of whom no host was told do not count.
void Courier::State::give_back(const Errand& errand, const CarryReport& report, std::size_t granted)
{
    std::size_t untold = 0;
    for (std::size_t i = 0; i < granted; ++i) {
        const auto& attempt = report.recipients[i].attempt;
        if (!attempt || report.attempts[*attempt].outcome != Attempt::Outcome::completed) ++untold;
    }
    if (errand.order.restraint.max_recipients > 0) domain_limits.give_back_recipients(errand.order.domain, untold);
}

void Courier::State::postpone(Errand& errand, std::string why, std::chrono::milliseconds wait, std::size_t first)
{
    options.log.info(
        "delivery.postponed",
        {{"message", errand.order.message_id}, {"domain", errand.order.domain}, {"reason", why}, {"wait_ms", wait.count()}});
    errand.ledger.postpone({451, "4.4.5", std::move(why)}, wait, first);  // RFC 3463 §3.5: "Mail system congestion"
}

}  // namespace sealpost::courier

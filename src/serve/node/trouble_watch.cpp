#include "serve/node/trouble_watch.hpp"

#include "serve/node/trouble_alerts.hpp"

#include <array>
#include <utility>

namespace sealpost::node {

using alerts::Alert;
using load::Resource;

namespace {

constexpr std::chrono::seconds interval{5};
// A full house of sessions passes by itself.
constexpr std::array watched{Resource::store, Resource::disk, Resource::memory, Resource::queue_messages, Resource::queue_bytes};
constexpr std::chrono::hours days_kept{48};

}  // namespace

void TlsFailures::note(const courier::TlsFailure& failure)
{
    using Demand = courier::TlsDemand;
    // An order that wants a proof has another way when there is none: an envelope.
    if (failure.demand == Demand::none || failure.demand == Demand::preferred || failure.demand == Demand::proven) return;
    const std::lock_guard lock(guard_);
    if (by_domain_.size() < max_domains) by_domain_.try_emplace(failure.domain, failure);
}

std::map<std::string, courier::TlsFailure> TlsFailures::take()
{
    const std::lock_guard lock(guard_);
    return std::exchange(by_domain_, {});
}

Task<void> TroubleWatch::run()
{
    while (true) {
        auto slept = co_await async::sleep_until(Deadline::after(interval));
        if (slept.has_error()) co_return;
        co_await look();
    }
}

Task<void> TroubleWatch::look()
{
    for (const Resource resource : watched) co_await look_at_load(resource);
    co_await look_at_tls();
    co_await look_at_owner();
}

// A store that cannot take the alert takes it when there is room again, be the shortage over by then or not.
Task<void> TroubleWatch::look_at_load(Resource resource)
{
    auto& shortage = shortages_[resource];
    const WallTime now = parts_.clock->now();
    if (!parts_.load->is_short(resource) && !shortage.is_owed) {
        shortage.since.reset();
        co_await note_well(resource);
        co_return;
    }
    shortage.well_since.reset();
    if (!shortage.since) shortage.since = now;
    if (now - *shortage.since < short_for && !shortage.is_owed) co_return;
    auto alert = resource == Resource::store ? make_damage_alert(parts_.hostname)
                                             : make_short_alert(parts_.hostname, resource, *parts_.load, *shortage.since);
    alert.about = parts_.alerts->on_this_node(std::string(load::format_resource(resource)));
    shortage.may_be_told = true;
    const bool told = co_await raise(std::move(alert));
    shortage.is_owed = !told;
}

Task<void> TroubleWatch::note_well(Resource resource)
{
    auto& shortage = shortages_[resource];
    const WallTime now = parts_.clock->now();
    if (!shortage.well_since) shortage.well_since = now;
    if (!shortage.may_be_told || now - *shortage.well_since < well_for) co_return;
    auto about = parts_.alerts->on_this_node(std::string(load::format_resource(resource)));
    const bool cleared = co_await clear(short_kind, std::move(about));
    shortage.may_be_told = !cleared;
}

Task<void> TroubleWatch::look_at_tls()
{
    owed_.merge(parts_.failures->take());
    if (owed_.empty()) co_return;
    const std::string day = format_rfc3339(parts_.clock->now()).substr(0, 10);
    if (day_ != day) {
        told_.clear();
        day_ = day;
        const auto forgotten = co_await parts_.alerts->forget(tls_kind, parts_.clock->now() - days_kept);
        if (forgotten.has_error()) complain(forgotten.error());
    }
    for (auto failure = owed_.begin(); failure != owed_.end();) {
        const bool is_known = told_.contains(failure->first);
        if (!is_known) {
            const bool is_one_by_one = told_.size() < max_destinations_a_day;
            auto alert = is_one_by_one ? make_tls_alert(failure->second) : make_others_alert(max_destinations_a_day);
            alert.stage = day;
            const bool told = co_await raise(std::move(alert));
            if (!told) co_return;
            if (is_one_by_one) told_.insert(failure->first);
        }
        failure = owed_.erase(failure);
    }
}

Task<void> TroubleWatch::look_at_owner()
{
    const auto about = parts_.alerts->on_this_node("queue");
    if (parts_.queue->is_ousted()) {
        auto alert = make_owner_alert(parts_.hostname);
        alert.about = about;
        may_be_told_of_owner_ = true;
        [[maybe_unused]] const bool told = co_await raise(std::move(alert));
    } else if (may_be_told_of_owner_) {
        const bool cleared = co_await clear(owner_kind, about);
        may_be_told_of_owner_ = !cleared;
    }
}

Task<bool> TroubleWatch::raise(Alert alert)
{
    const auto raised = co_await parts_.alerts->raise(std::move(alert));
    if (raised.has_error()) complain(raised.error());
    co_return raised.has_value();
}

Task<bool> TroubleWatch::clear(std::string kind, std::string about)
{
    const auto cleared = co_await parts_.alerts->clear(std::move(kind), std::move(about));
    if (cleared.has_error()) complain(cleared.error());
    co_return cleared.has_value();
}

void TroubleWatch::complain(const Error& error) const { parts_.log.warning("node.alert_failed", {{"problem", error.text}}); }

}  // namespace sealpost::node

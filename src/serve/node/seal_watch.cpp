#include "serve/node/seal_watch.hpp"

#include "serve/node/seal_alert.hpp"

namespace sealpost::node {
namespace {

constexpr std::chrono::seconds interval{5};
constexpr const char* alert_about = "gateway.service_url";

}  // namespace

Task<void> SealWatch::run()
{
    while (true) {
        auto slept = co_await async::sleep_until(Deadline::after(interval));
        if (slept.has_error()) co_return;
        co_await look();
    }
}

Task<void> SealWatch::look()
{
    auto spell = parts_.failures->find();
    const bool is_over = spell && parts_.clock->now() - spell->latest > parts_.over_after;
    if (is_over) parts_.failures->end();
    co_await look_for_end();
    if (spell && !is_over) co_await look_at(std::move(*spell));
}

Task<void> SealWatch::look_at(SealFailures::Spell spell)
{
    if (parts_.clock->now() - spell.since < failing_for || told_.contains(spell.trouble)) co_return;
    const auto waiting = co_await count_waiting(spell.messages);
    if (waiting.has_error()) {
        complain(waiting.error());
        co_return;
    }
    // They were removed, are held, or their time was over.
    if (*waiting == 0) {
        parts_.failures->end();
        co_return;
    }
    auto alert = make_seal_alert({spell.since, *waiting, *waiting >= SealFailures::max_messages, spell.trouble, spell.problem});
    alert.about = parts_.alerts->on_this_node(alert_about);
    may_be_told_ = true;
    const auto raised = co_await parts_.alerts->raise(std::move(alert));
    if (raised.has_value())
        told_.insert(spell.trouble);
    else
        complain(raised.error());
}

// Before the first attempt of this process nobody knows: what was told before it stays told.
Task<void> SealWatch::look_for_end()
{
    const auto ends = parts_.failures->count_ends();
    if (ends == ends_) co_return;
    if (may_be_told_) {
        const auto about = parts_.alerts->on_this_node(alert_about);
        const auto cleared = co_await parts_.alerts->clear(seal_kind, about);
        if (cleared.has_error()) {
            complain(cleared.error());
            co_return;
        }
    }
    may_be_told_ = false;
    told_.clear();
    ends_ = ends;
}

// Those of them that will be tried again.
Task<Result<std::size_t>> SealWatch::count_waiting(std::set<queue::MessageId> messages)
{
    std::size_t waiting = 0;
    for (const auto message : messages) {
        SEALPOST_CO_TRY(const auto view, co_await parts_.queue->show(message));
        if (view && view->due_at) ++waiting;
    }
    co_return waiting;
}

void SealWatch::complain(const Error& error) const { parts_.log.warning("seal.alert_failed", {{"problem", error.text}}); }

}  // namespace sealpost::node

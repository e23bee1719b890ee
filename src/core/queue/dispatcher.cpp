#include "core/queue/dispatcher.hpp"

#include <atomic>

namespace sealpost::queue {
namespace {

constexpr std::chrono::seconds pause_after_failure{1};
constexpr std::chrono::hours tidy_interval{1};
constexpr std::chrono::seconds beat_interval{5};
// Behind the drain, for what was delivered: two turns of a store that nodes share, or a backup's hold of one of ours.
constexpr std::chrono::seconds last_settling{20};

// Nothing in it must be kept: the program stopped before anything was decided.
bool is_undecided(const Report& report)
{
    return report.replacements.empty() && std::all_of(report.outcomes.begin(), report.outcomes.end(), [](const auto& outcome) {
               return outcome.kind == RecipientOutcome::Kind::retry;
           });
}

}  // namespace

struct Dispatcher::State {
    State(std::shared_ptr<Queue> q, Deliverer& d, Executor e, log::Log l, DispatcherLimits limit)
        : queue(std::move(q)),
          deliverer(d),
          log(std::move(l)),
          limits(std::move(limit)),
          deliveries(e),
          settlements(e),
          chores(e),
          wake(e)
    {
    }

    [[nodiscard]] int under_way() const { return static_cast<int>(deliveries.running() + settlements.running()); }
    [[nodiscard]] int free_places() const { return limits.max_deliveries - under_way(); }
    Task<bool> begin_due(std::shared_ptr<State> self);  // false: the store refused
    Task<void> look_around();
    Task<void> drain();
    [[nodiscard]] Deadline next_look() const;

    std::shared_ptr<Queue> queue;
    Deliverer& deliverer;
    log::Log log;
    DispatcherLimits limits;
    async::TaskGroup deliveries;   // cancelled when the drain is over
    async::TaskGroup settlements;  // never cancelled: what happened is kept
    async::TaskGroup chores;       // until all is settled
    async::Signal wake;
    Deadline next_poll = Deadline::after(std::chrono::seconds(0));
    bool is_cancelling = false;
    std::atomic<bool> is_stopping = false;
    std::atomic<std::int64_t> drain_ms = 0;

    static Task<void> beat(std::shared_ptr<State> state);
    static Task<void> tidy(std::shared_ptr<State> state);
    static Task<void> deliver(std::shared_ptr<State> state, DueMessage message);
    static Task<void> settle(std::shared_ptr<State> state, MessageId id, Report report);
};

Task<void> Dispatcher::State::deliver(std::shared_ptr<State> state, DueMessage message)
{
    const MessageId id = message.id;
    Report report;
    try {
        report = co_await state->deliverer.deliver(std::move(message));
    } catch (const std::exception& failure) {
        // A cancellation, or a broken promise of ours, for which the message must not suffer.
        if (!state->is_cancelling)
            state->log.error("queue.delivery_broke", {{"message", id.value()}, {"problem", failure.what()}});
    }
    if (state->is_cancelling && is_undecided(report)) {
        state->queue->give_back(id);
    } else {
        state->settlements.spawn(settle(state, id, std::move(report)));
    }
    state->wake.notify();
}

// Whoever delivers lives, whatever else it waits for.
Task<void> Dispatcher::State::beat(std::shared_ptr<State> state)
{
    while (true) {
        auto kept = co_await state->queue->keep_ownership();
        if (kept.has_error()) state->log.warning("queue.beat_failed", {{"problem", kept.error().text}});
        auto slept = co_await async::sleep_until(Deadline::after(beat_interval));
        if (slept.has_error()) co_return;
    }
}

// Erases history that is too old, and content that the store would not erase. After days without us that is much: nobody's mail
// waits for it.
Task<void> Dispatcher::State::tidy(std::shared_ptr<State> state)
{
    while (true) {
        auto erased = co_await state->queue->erase_old_history();
        if (erased.has_error()) state->log.warning("queue.tidy_failed", {{"problem", erased.error().text}});
        auto swept = co_await state->queue->erase_given_up();
        if (swept.has_error()) state->log.warning("queue.tidy_failed", {{"problem", swept.error().text}});
        auto slept = co_await async::sleep_until(Deadline::after(tidy_interval));
        if (slept.has_error()) co_return;
    }
}

Task<void> Dispatcher::State::settle(std::shared_ptr<State> state, MessageId id, Report report)
{
    // A failure is logged by the queue, and the lease stays.
    [[maybe_unused]] auto settled = co_await state->queue->settle(id, std::move(report));
    state->wake.notify();
}

Task<bool> Dispatcher::State::begin_due(std::shared_ptr<State> self)
{
    auto due = co_await queue->claim(free_places(), limits.most_to_domain);
    if (due.has_error()) {
        log.warning("queue.claim_failed", {{"problem", due.error().text}});
        co_return false;
    }
    for (auto& message : *due) deliveries.spawn(deliver(self, std::move(message)));
    co_return true;
}

// Now and then: changes of another process.
Task<void> Dispatcher::State::look_around()
{
    if (!next_poll.has_passed()) co_return;
    next_poll = Deadline::after(limits.poll_interval);
    auto noticed = co_await queue->notice_changes();
    if (noticed.has_error()) log.warning("queue.poll_failed", {{"problem", noticed.error().text}});
}

Deadline Dispatcher::State::next_look() const
{
    // The end of a delivery wakes us. One that waited for nothing is still there when its settlement has begun: less than none.
    if (free_places() <= 0) return next_poll;
    const auto due_at = queue->next_due();
    if (!due_at) return next_poll;
    return next_poll.or_sooner(Deadline::after(*due_at - queue->now()));
}

Task<void> Dispatcher::State::drain()
{
    const Deadline deadline = Deadline::after(std::chrono::milliseconds(drain_ms));
    while (under_way() > 0 && !deadline.has_passed()) {
        [[maybe_unused]] const bool notified = co_await wake.wait(deadline);
    }
    is_cancelling = true;
    queue->stop_waiting(Deadline::after(last_settling));
    deliveries.cancel();
    co_await deliveries.join();
    co_await settlements.join();
    chores.cancel();
    co_await chores.join();
}

Dispatcher::Dispatcher(std::shared_ptr<Queue> queue, Deliverer& deliverer, Executor executor, log::Log log,
                       DispatcherLimits limits)
    : state_(std::make_shared<State>(std::move(queue), deliverer, executor, std::move(log), std::move(limits)))
{
}

Dispatcher::~Dispatcher() { state_->queue->on_change({}); }

Task<void> Dispatcher::run()
{
    auto state = state_;
    state->queue->on_change([state] { state->wake.notify_from_outside(); });
    if (state->queue->has_neighbours()) state->chores.spawn(State::beat(state));
    state->chores.spawn(State::tidy(state));
    while (!state->is_stopping) {
        co_await state->look_around();
        bool may_go_on = true;
        if (state->free_places() > 0) {
            may_go_on = co_await state->begin_due(state);
        }
        Deadline next = state->next_look();
        if (!may_go_on) next = Deadline::after(pause_after_failure);
        if (!next.has_passed() && !state->is_stopping) {
            [[maybe_unused]] const bool notified = co_await state->wake.wait(next);
        }
    }
    state->queue->on_change({});
    co_await state->drain();
}

void Dispatcher::stop(std::chrono::milliseconds drain)
{
    state_->drain_ms = drain.count();
    state_->is_stopping = true;
    state_->wake.notify_from_outside();
}

}  // namespace sealpost::queue

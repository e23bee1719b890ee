// Nodes that share a store: each delivers what it accepted, and what others have left behind (doc/spec/queue.md, "Owners").
#include "core/queue/ownership.hpp"

#include "core/queue/state.hpp"

#include <algorithm>

namespace sealpost::queue {
std::vector<OtherOwner> Neighbours::find_gone(const std::vector<OtherOwner>& seen)
{
    std::map<std::string, Known> now;
    std::vector<OtherOwner> gone;
    for (const auto& other : seen) {
        Known known{other.lanes, other.beats, 0};
        if (const auto before = known_.find(other.name); before != known_.end() && before->second.beats == other.beats)
            known.silent = before->second.silent + 1;
        if (known.silent >= silent_looks) gone.push_back(other);
        now.emplace(other.name, known);
    }
    known_ = std::move(now);
    has_looked_ = true;
    return gone;
}

bool Neighbours::is_long_gone(const std::string& name) const
{
    const auto known = known_.find(name);
    return known != known_.end() && known->second.silent >= forgotten_looks;
}

bool Neighbours::is_first_for(std::string_view lane, const std::string& own_name) const
{
    return has_looked_ && std::ranges::none_of(known_, [&](const auto& other) {
               const auto& [name, known] = other;
               return name < own_name && known.silent < silent_looks && std::ranges::find(known.lanes, lane) != known.lanes.end();
           });
}

bool Neighbours::has_one_for(std::string_view lane) const
{
    return std::ranges::any_of(known_, [&](const auto& other) {
        return other.second.silent < silent_looks && std::ranges::find(other.second.lanes, lane) != other.second.lanes.end();
    });
}

// What one look found, and what is to be done about it.
struct Queue::Look {
    std::vector<OtherOwner> gone;
    std::vector<OtherOwner> long_gone;  // of these
    bool may_return = false;            // whoever had taken our name has gone
};

Queue::Look Queue::State::look_at(Beat beat)
{
    const std::lock_guard lock(mutex);
    Look look;
    // Of our own name nothing is seen while we have it.
    if (!beat.is_ours) beat.others.push_back({settings.owner.name, {}, beat.own_beats});
    for (auto& gone : neighbours.find_gone(beat.others)) {
        if (gone.name == settings.owner.name) {
            look.may_return = true;
            continue;
        }
        if (neighbours.is_long_gone(gone.name)) look.long_gone.push_back(gone);
        look.gone.push_back(std::move(gone));
    }
    return look;
}

bool Queue::has_neighbours() const { return !state_->settings.owner.name.empty(); }

bool Queue::is_ousted() const { return state_->is_ousted; }

bool Queue::is_first_for(std::string_view lane) const
{
    const auto& owner = state_->settings.owner;
    if (owner.name.empty()) return true;
    const std::lock_guard lock(state_->mutex);
    return !state_->is_ousted && state_->neighbours.is_first_for(lane, owner.name);
}

bool Queue::has_neighbour_for(std::string_view lane) const
{
    const std::lock_guard lock(state_->mutex);
    return state_->neighbours.has_one_for(lane);
}

Task<Result<>> Queue::keep_ownership()
{
    auto state = state_;
    if (state->settings.owner.name.empty()) co_return Result<>();
    auto say = [state](db::Connection& connection) { return state->store(connection).beat(state->settings.owner); };
    auto beat = co_await state->database->write(std::move(say));
    if (beat.has_error()) co_return beat.error();
    const bool is_ours = beat->is_ours;
    auto look = state->look_at(std::move(*beat));
    if (look.may_return) {
        auto returned = co_await return_to_life();
        co_return returned;
    }
    if (!is_ours) {
        if (!state->is_ousted.exchange(true)) state->log.error("queue.owner_twice", {{"owner", state->settings.owner.name}});
        co_return Result<>();
    }
    look.gone.push_back({});  // what the command line queued is nobody's
    Result<> done;
    for (const auto& other : look.gone) {
        auto taken = co_await take_over(other);
        if (taken.has_error()) done = taken.error();
    }
    for (const auto& other : look.long_gone) {
        auto forgotten = co_await forget(other);
        if (forgotten.has_error()) done = forgotten.error();
    }
    co_return done;
}

// The process that had taken the name is silent: it was a copy that was put right, or a restart that failed.
Task<Result<>> Queue::return_to_life()
{
    auto state = state_;
    auto begin = [state](db::Connection& connection) { return state->store(connection).begin_life(state->settings.owner); };
    auto begun = co_await state->database->write(std::move(begin));
    if (begun.has_error()) co_return begun.error();
    state->is_ousted = false;
    state->look_anew();
    state->wake();
    co_return Result<>();
}

Task<Result<>> Queue::forget(OtherOwner other)
{
    auto state = state_;
    auto leave = [other](db::Connection& connection) { return Store(connection).forget_owner(other, messages_per_commit); };
    for (int left = messages_per_commit; left == messages_per_commit;) {
        auto more = co_await state->database->write(leave);
        if (more.has_error()) co_return more.error();
        left = *more;
    }
    co_return Result<>();
}

// Each commit says, too, that this node lives: they may be many.
Task<Result<>> Queue::take_over(OtherOwner other)
{
    auto state = state_;
    auto take = [state, other](db::Connection& connection) -> Result<int> {
        const auto& self = state->settings.owner;
        Store store = state->store(connection);
        SEALPOST_TRY(const auto beat, store.beat(self));
        return beat.is_ours ? store.take_over(other, self, messages_per_commit) : 0;
    };
    int messages = 0;
    Result<> done;
    for (int taken = messages_per_commit; taken == messages_per_commit && done.has_value(); messages += taken) {
        auto more = co_await state->database->write(take);
        taken = more.has_value() ? *more : 0;
        if (more.has_error()) done = more.error();
    }
    if (messages == 0 && done.has_value()) co_return Result<>();
    if (messages > 0 && !other.name.empty())
        state->log.warning("queue.taken_over", {{"owner", other.name}, {"messages", messages}});
    state->look_anew();  // also after an error: the commit may have taken effect
    state->wake();
    co_return done;
}

}  // namespace sealpost::queue

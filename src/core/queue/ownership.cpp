// Nodes that share a store: each delivers what it accepted, and what others have left behind (doc/spec/queue.md, "Owners").
#include "core/queue/ownership.hpp"

#include "core/queue/state.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

constexpr int messages_per_commit = 1000;

}  // namespace

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

bool Neighbours::is_first_for(std::string_view lane, const std::string& own_name) const
{
    return has_looked_ && std::ranges::none_of(known_, [&](const auto& other) {
               const auto& [name, known] = other;
               return name < own_name && known.silent < silent_looks && std::ranges::find(known.lanes, lane) != known.lanes.end();
           });
}

Task<Result<>> Queue::keep_ownership()
{
    auto state = state_;
    const Owner owner = state->settings.owner;
    if (owner.name.empty()) co_return Result<>();
    auto say = [owner](db::Connection& connection) { return Store(connection, owner.name).beat(owner.life); };
    auto others = co_await state->database->write(std::move(say));
    if (others.has_error()) co_return others.error();
    const bool is_ousted = !others->has_value();
    if (is_ousted && !state->is_ousted.exchange(true)) state->log.error("queue.owner_twice", {{"owner", owner.name}});
    if (is_ousted) co_return Result<>();
    auto gone = state->look_at(**others);
    gone.push_back({});  // what the command line queued is nobody's
    for (const auto& other : gone) {
        auto taken = co_await take_over(other);
        if (taken.has_error()) co_return taken.error();
    }
    co_return Result<>();
}

std::vector<OtherOwner> Queue::State::look_at(const std::vector<OtherOwner>& others)
{
    const std::lock_guard lock(mutex);
    return neighbours.find_gone(others);
}

bool Queue::is_first_for(std::string_view lane) const
{
    const auto& owner = state_->settings.owner;
    if (owner.name.empty()) return true;
    const std::lock_guard lock(state_->mutex);
    return !state_->is_ousted && state_->neighbours.is_first_for(lane, owner.name);
}

Task<Result<>> Queue::take_over(OtherOwner other)
{
    auto state = state_;
    auto take = [owner = state->settings.owner, other](db::Connection& connection) {
        return Store(connection, owner.name).take_over(other, owner.lanes, messages_per_commit);
    };
    int messages = 0;
    for (int taken = messages_per_commit; taken == messages_per_commit; messages += taken) {
        auto more = co_await state->database->write(take);
        if (more.has_error()) co_return more.error();
        taken = *more;
    }
    if (messages == 0) co_return Result<>();
    if (!other.name.empty()) state->log.warning("queue.taken_over", {{"owner", other.name}, {"messages", messages}});
    state->look_anew();
    state->wake();
    co_return Result<>();
}

}  // namespace sealpost::queue

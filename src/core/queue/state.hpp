#pragma once

#include "core/queue/ownership.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/recent_contents.hpp"
#include "core/queue/schedule.hpp"
#include "core/queue/store.hpp"

#include <atomic>
#include <mutex>

namespace sealpost::queue {

// What a Queue is made of; shared with the tasks and sources that it gave away.
struct Queue::State {
    State(std::shared_ptr<db::Database> db, const Clock& c, log::Log l, Settings s, bool owner)
        : database(std::move(db)), clock(c), log(std::move(l)), settings(std::move(s)), is_owner(owner)
    {
    }

    // Before the commit is answered nothing is noted; afterwards the dispatcher is woken.
    void note(const std::vector<MadeDue>& made_due);
    void wake();
    void look_for_more();  // a commit that was taken for failed may have made something due, and nobody was told of it
    void look_anew();      // at all domains: another process, or a take-over, may have made anything due
    Look look_at(Beat beat);
    [[nodiscard]] Store store(db::Connection& connection) const { return Store(connection, settings.owner.name); }
    // Whether others must be told of a change: of a message that may be theirs to deliver.
    [[nodiscard]] bool is_beside() const { return !is_owner || !settings.owner.name.empty(); }
    // Whether others must be told of what this process has accepted.
    [[nodiscard]] bool accepts_for_others() const { return !is_owner || is_ousted; }

    std::shared_ptr<db::Database> database;
    const Clock& clock;
    log::Log log;
    Settings settings;
    bool is_owner;
    Schedule schedule;
    RecentContents recent;
    std::shared_ptr<GivenUp> given_up = std::make_shared<GivenUp>();
    std::atomic<bool> is_ousted = false;  // another process has our name, and delivers what is ours

    [[nodiscard]] Deadline settles_until()
    {
        const std::lock_guard lock(mutex);
        return last_settling;
    }

    std::mutex mutex;                            // guards the rest
    Deadline last_settling = Deadline::never();  // what the store refuses behind it is given up
    Neighbours neighbours;
    std::function<void()> notify;
    bool has_seen_all_domains = false;  // since the opening, or since another process changed something
    std::string last_domain;            // discovered
    int discovery_round = 0;            // raised when discovery starts again
    std::int64_t nudge = 0;             // as last seen
    WallTime last_look{};               // when it was; a clock that shows less has been set back
};

}  // namespace sealpost::queue

#pragma once

#include "core/people/store.hpp"
#include "sys/async/task.hpp"
#include "sys/db/connection.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace sealpost::people {

using KeptFor = std::chrono::seconds;

// What is forgotten goes by whole days (UTC), so that the trail tells of it once a day: what is older than this goes.
[[nodiscard]] WallTime find_oldest_kept(WallTime now, KeptFor period);

// Facts that are forgotten by their age, with what the audit trail says of it.
struct Forgetting {
    std::string what;     // "audit.shortened"
    WallTime older_than;  // as the trail tells it
    // One job's worth: how many are gone; 0: there are no more.
    std::function<Result<int>(db::Connection&)> remove_some;
};

// Of one call: what else is to be swept waits meanwhile.
inline constexpr int most_forgetting_jobs = 20;

// Removes job after job, and tells the audit trail behind the last one how many went. How many those are stands in the store
// until then, so that neither a crash between two jobs nor the end of a call that left some loses a count. Answers how many went
// now.
Task<Result<std::int64_t>> forget(Store store, Forgetting forgetting);

}  // namespace sealpost::people

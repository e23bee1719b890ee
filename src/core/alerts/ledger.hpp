// alerts: which alerts were told already, so that each is told once, through restarts too. serve/alerts
// tells. Called from any worker. A Fault means that the store is not at hand.
#pragma once

#include "base/clock.hpp"
#include "sys/async/task.hpp"
#include "sys/db/database.hpp"

#include <memory>
#include <string>

namespace sealpost::alerts {

class Ledger {
public:
    // Brings the tables up to date. The clock outlives it.
    static Result<std::shared_ptr<Ledger>> open(std::shared_ptr<db::Database> database, const Clock& clock);

    // Whether it was told; note() remembers that it is now.
    Task<Result<bool>> was_told(std::string kind, std::string about, std::string stage);
    Task<Result<>> note(std::string kind, std::string about, std::string stage);
    // What was told before that time, of this kind, is forgotten: for kinds whose stages are days.
    Task<Result<>> forget(std::string kind, WallTime before);
    // All stages of it are forgotten.
    Task<Result<>> clear(std::string kind, std::string about);

private:
    Ledger(std::shared_ptr<db::Database> database, const Clock& clock) : database_(std::move(database)), clock_(&clock) {}
    std::shared_ptr<db::Database> database_;
    const Clock* clock_;
};

}  // namespace sealpost::alerts

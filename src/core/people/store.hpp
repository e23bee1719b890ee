#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <memory>

namespace sealpost::db {
class Database;
}

namespace sealpost::people {

// What every part of this room stands on. The clock outlives the room.
struct Store {
    std::shared_ptr<db::Database> database;
    const Clock* clock = nullptr;
};

}  // namespace sealpost::people

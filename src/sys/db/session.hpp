#pragma once

#include "sys/db/connection.hpp"

#include <atomic>
#include <memory>
#include <string_view>

namespace sealpost::db {

// A connection with the transactions around the work of rooms: what a store's driver gives to GroupingDatabase. Used by
// one thread at a time.
class Session : public Connection {
public:
    enum class Transaction {
        none,
        open,
        broken,  // something in it failed, and the store does nothing more until that is rolled back
    };

    // Waits until nobody else writes, other processes included; a session that was lost is made anew.
    virtual Result<> begin_writing() = 0;
    virtual Result<> begin_reading() = 0;  // one snapshot
    // "commit", "rollback", and savepoints.
    virtual Result<> control(std::string_view sql) = 0;
    [[nodiscard]] virtual Transaction transaction() const = 0;

    // Is set when the store says that what it holds is damaged.
    void tell_damage(std::shared_ptr<std::atomic<bool>> damage) { damage_ = std::move(damage); }

protected:
    void note_damage() const
    {
        if (damage_) *damage_ = true;
    }

private:
    std::shared_ptr<std::atomic<bool>> damage_;
};

}  // namespace sealpost::db

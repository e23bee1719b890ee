#pragma once

#include "crash_vfs.hpp"

#include "sys/db/database.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace sealpost::crash {

using test::ask_number;

inline const std::vector<Unsynced> usual_disks{Unsynced::lost, Unsynced::kept, Unsynced::every_second_kept,
                                               Unsynced::last_one_torn};
inline const std::vector<Unsynced> every_disk{
    Unsynced::lost,     Unsynced::kept,       Unsynced::every_second_kept, Unsynced::last_one_torn,
    Unsynced::log_kept, Unsynced::store_kept, Unsynced::lost_with_names,   Unsynced::kept_without_names};

// ./test --long
inline bool leaves_nothing_out() { return std::getenv("SEALPOST_LONG_SECONDS") != nullptr; }

// `once(step, unsynced)` lives until it dies at that step, looks at what its disk is left with, and answers whether
// it died. It is asked for every step, until a life ends in peace. Where that takes long, the ordinary run leaves out
// some `disks` or asks for every `stride`th step only; with SEALPOST_LONG_SECONDS set (./test --long) none is left out.
template <class Once>
void die_at_every_step(Once once, std::vector<Unsynced> disks = usual_disks, int stride = 1)
{
    if (leaves_nothing_out()) {
        disks = every_disk;
        stride = 1;
    }
    int steps = 0;
    for (bool has_crashed = true; has_crashed;) {
        steps += stride;
        for (const auto unsynced : disks) {
            SCOPED_TRACE("step " + std::to_string(steps) + ", variant " + std::to_string(static_cast<int>(unsynced)));
            has_crashed = once(steps, unsynced);
            if (testing::Test::HasFailure()) return;
        }
    }
    testing::Test::RecordProperty("steps", steps);
    EXPECT_GT(steps, 10);  // it would prove nothing otherwise
}

// The store of a dead program and what lies beside it, replaced by a copy of a calm one.
inline void copy_store(const std::string& calm, const std::string& to)
{
    for (const auto* tail : {"", "-wal", "-shm"}) std::filesystem::remove(to + tail);
    std::filesystem::copy_file(calm, to);
}

inline void expect_whole(db::Database& database)
{
    EXPECT_EQ(ask_number(database, "select count(*) from pragma_integrity_check where integrity_check <> 'ok'"), 0);
}

}  // namespace sealpost::crash

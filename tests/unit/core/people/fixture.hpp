#pragma once

#include "core/people/people.hpp"
#include "sys/async/wait.hpp"
#include "sys/db/database.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace sealpost::test {

// Runs a task to its end on this thread.
template <class T>
T answer_of(Task<T> task)
{
    return async::wait_here(std::move(task));
}

// The value, when the store is at hand.
template <class T>
T value_of(Task<Result<T>> task)
{
    return answer_of(std::move(task)).value();
}

inline void must(Task<Result<>> task) { ASSERT_TRUE(answer_of(std::move(task)).has_value()); }

inline Secret secret(std::string_view text) { return Secret::copy_of(text); }

// A store in a directory of its own, and a clock that stands still.
class StoreTest : public testing::Test {
protected:
    StoreTest() { database_ = test::open_store(directory_ + "/store.db").value(); }
    ~StoreTest() override { database_.reset(); }

    // Everything in the store's files, also what lies in the log, as octets.
    [[nodiscard]] std::string all_octets() const
    {
        std::string all;
        for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
            if (entry.path().filename().string().rfind("store.db", 0) != 0) continue;
            std::ifstream file(entry.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(file), {});
        }
        return all;
    }

    void execute(std::string sql) { test::execute(*database_, std::move(sql)); }

    [[nodiscard]] std::int64_t count(std::string sql) { return test::ask_number(*database_, std::move(sql)); }

    // Waits for what was posted before: writes run in order.
    void let_posted_work_end() { execute("select 1"); }

    ManualClock clock_{WallTime(std::chrono::hours(24 * 365 * 57))};
    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    std::shared_ptr<db::Database> database_;
};

class PeopleTest : public StoreTest {
protected:
    PeopleTest() { people_ = people::People::open(database_, clock_, {secret("a pepper for tests only"), {}}).value(); }

    people::Person make_person(std::string address)
    {
        return value_of(people_->persons().ensure(std::move(address), "en", "local"));
    }

    std::shared_ptr<people::People> people_;
};

}  // namespace sealpost::test

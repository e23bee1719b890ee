#pragma once

#include "sys/db/database.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::test {

// A store that says of one commit that it failed, and it did not: the answer was lost on its way. Or that refuses some, being
// busy.
class DeafDatabase final : public db::Database {
public:
    explicit DeafDatabase(std::shared_ptr<db::Database> inner) : inner_(std::move(inner)) {}
    Result<> migrate(const std::string& room, const std::vector<std::string_view>& steps) override
    {
        return inner_->migrate(room, steps);
    }
    void close() override { inner_->close(); }
    int loses_after = -1;  // so many writes
    int refuses = 0;       // so many of the next writes

private:
    void start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done) override
    {
        const auto run = [&](db::Connection& connection) -> Result<> {
            if (!job->run(connection)) return Error{Fault::give_up, "rolled back"};
            return {};
        };
        if (kind != Kind::read && refuses > 0) {
            --refuses;
            job->fail({Fault::retry_later, "the store is busy"});
        } else if (kind == Kind::read) {
            static_cast<void>(inner_->read_now(run));
        } else {
            static_cast<void>(inner_->write_now(run));
            if (loses_after >= 0 && loses_after-- == 0) job->fail({Fault::retry_later, "the answer was lost"});
        }
        done();
    }
    std::shared_ptr<db::Database> inner_;
};

}  // namespace sealpost::test

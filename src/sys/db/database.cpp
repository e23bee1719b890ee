#include "sys/db/database.hpp"

#include "sys/async/resume.hpp"

#include <future>

namespace sealpost::db {

Task<void> Database::wait_for(std::shared_ptr<Job> job, Kind kind)
{
    std::function<void(std::function<void()>)> begin = [this, &job, kind](std::function<void()> resume) {
        start(job, kind, std::move(resume));
    };
    co_await async::resume_when(std::move(begin));
}

void Database::block_for(const std::shared_ptr<Job>& job, Kind kind)
{
    auto finished = std::make_shared<std::promise<void>>();
    auto waiting = finished->get_future();
    start(job, kind, [finished] { finished->set_value(); });
    waiting.wait();
}

}  // namespace sealpost::db

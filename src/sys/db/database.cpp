#include "sys/db/database.hpp"

#include "sys/async/resume.hpp"
#include "sys/db/drivers.hpp"

#include <future>

namespace sealpost::db {

bool is_postgres(std::string_view url) { return url.starts_with("postgresql:") || url.starts_with("postgres:"); }

Result<std::shared_ptr<Database>> Database::open(const std::string& url_or_path, Options options)
{
    if (is_postgres(url_or_path)) return open_postgres(url_or_path, options);
    return open_sqlite(url_or_path.starts_with("sqlite:") ? url_or_path.substr(7) : url_or_path, options);
}

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

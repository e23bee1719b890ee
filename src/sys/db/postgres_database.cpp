#include "sys/db/drivers.hpp"
#include "sys/db/grouping_database.hpp"
#include "sys/db/postgres_session.hpp"

#include <algorithm>

namespace sealpost::db {

Result<std::shared_ptr<Database>> open_postgres(const std::string& url, const Options& options)
{
    GroupingDatabase::Parts parts;
    parts.most_jobs = 64;  // each is some questions and answers while other nodes wait
    SEALPOST_TRY(auto writer, PostgresSession::open(url));
    SEALPOST_CHECK(writer->make_turn());
    parts.writer = std::move(writer);
    for (unsigned count = 0; count < std::max(1U, options.readers); ++count) {
        SEALPOST_TRY(auto reader, PostgresSession::open(url));
        parts.readers.push_back(std::move(reader));
    }
    parts.before_update = options.before_update;
    return std::shared_ptr<Database>(std::make_shared<GroupingDatabase>(std::move(parts)));
}

}  // namespace sealpost::db

#pragma once

#include "core/queue/message.hpp"
#include "sys/async/byte_source.hpp"
#include "sys/db/database.hpp"

namespace sealpost::queue {

// The content of a message, piece by piece. Content that was erased meanwhile (the message is done)
// is Fault::give_up: it must not pass for a shorter one.
class ContentReader final : public async::ByteSource {
public:
    ContentReader(std::shared_ptr<db::Database> database, ContentId content) : database_(std::move(database)), content_(content)
    {
    }
    Task<Result<std::string>> next() override;

private:
    std::shared_ptr<db::Database> database_;
    ContentId content_;
    int number_ = 0;
    std::int64_t given_bytes_ = 0;
};

}  // namespace sealpost::queue

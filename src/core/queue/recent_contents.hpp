#pragma once

#include "core/queue/message.hpp"
#include "sys/async/byte_source.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace sealpost::queue {

// What was accepted lately, by content: most mail goes on within milliseconds, and need not be read back for that. The
// store stays the truth; what is not here is there. Bounded: while it is full, nothing is added, since
// the oldest is the next to be delivered; what nobody came for within ten seconds goes with the next one kept. Any thread.
class RecentContents {
public:
    using Pieces = std::shared_ptr<const std::vector<std::string>>;
    static constexpr std::size_t max_bytes = 32 * 1024 * 1024;
    static constexpr std::size_t max_content_bytes = 1024 * 1024;
    static constexpr std::chrono::seconds patience{10};
    using Moment = std::chrono::steady_clock::time_point;

    // `uses`: messages that share it.
    void keep(ContentId content, std::vector<std::string> pieces, std::size_t uses = 1,
              Moment now = std::chrono::steady_clock::now());
    void forget(ContentId content);                      // by one of them
    [[nodiscard]] Pieces find(ContentId content) const;  // null: not here

private:
    struct Kept {
        Pieces pieces;
        std::size_t bytes = 0;
        std::size_t uses = 1;  // left
        Moment since;
    };
    // With the mutex held.
    void drop(ContentId content);
    void make_room(Moment now);

    mutable std::mutex mutex_;
    std::unordered_map<ContentId, Kept> kept_;
    std::deque<ContentId> order_;  // oldest first; some are forgotten already
    std::size_t bytes_ = 0;
};

// Gives the pieces one by one.
class RecentReader final : public async::ByteSource {
public:
    explicit RecentReader(RecentContents::Pieces pieces) : pieces_(std::move(pieces)) {}
    Task<Result<std::string>> next() override;

private:
    RecentContents::Pieces pieces_;
    std::size_t number_ = 0;
};

}  // namespace sealpost::queue

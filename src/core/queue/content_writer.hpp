#pragma once

#include "core/queue/given_up.hpp"
#include "sys/async/byte_source.hpp"
#include "sys/db/database.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::queue {

// Takes the content of a message that is not accepted yet. Up to 1 MiB stays in memory and goes to
// the store with the message itself; beyond that, pieces are committed as they fill up and wait for
// the message. What is not accepted is erased: at once when the writer goes, a while later when the store
// refuses that, at the next opening of the queue when the program dies. One task at a time uses it.
//
// The head of a message may come last, because it tells what was found out about the body: keep_place_for_head()
// before the first write() leaves the first piece free, and put_head() fills it before the message is
// accepted. It counts as a piece of its own beyond those of the body.
class ContentWriter final : public async::ByteSink {
public:
    static constexpr std::size_t max_buffered_bytes = 1024 * 1024;
    static constexpr std::size_t piece_bytes = 256 * 1024;

    ContentWriter(std::shared_ptr<db::Database> database, std::shared_ptr<GivenUp> given_up, std::string owner)
        : database_(std::move(database)), given_up_(std::move(given_up)), owner_(std::move(owner))
    {
    }
    ~ContentWriter() override;
    ContentWriter(const ContentWriter&) = delete;
    ContentWriter& operator=(const ContentWriter&) = delete;

    // Pieces of any length. A failure (disk full) is final for this writer.
    Task<Result<>> write(std::string piece) override;
    [[nodiscard]] std::int64_t size() const { return size_; }
    [[nodiscard]] std::size_t buffered_bytes() const;  // in memory

    void keep_place_for_head();
    void put_head(std::string head);  // not empty; once, and nothing is written after it

private:
    friend class Store;
    friend class Queue;
    Task<Result<>> flush();

    std::shared_ptr<db::Database> database_;
    std::shared_ptr<GivenUp> given_up_;
    std::string owner_;
    std::vector<std::string> pieces_;  // full ones of piece_bytes, the last one filling up
    std::int64_t size_ = 0;
    ContentId stored_;    // 0 while all is in memory
    int next_piece_ = 0;  // the number of the first piece that is not stored
    std::string head_;    // that goes into the place kept for it
    bool lacks_head_ = false;
    bool is_accepted_ = false;
    bool has_failed_ = false;
};

}  // namespace sealpost::queue

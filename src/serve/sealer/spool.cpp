#include "serve/sealer/spool.hpp"

namespace sealpost::sealer {
namespace {

// Whatever is wrong with the disk: the message waits for a better one.
Error try_again(const Error& error) { return {Fault::retry_later, error.text}; }

}  // namespace

class Spool::Source final : public async::ByteSource {
public:
    explicit Source(std::shared_ptr<Spool> spool) : spool_(std::move(spool)) {}

    Task<Result<std::string>> next() override
    {
        auto piece = co_await spool_->read_at(at_);
        if (piece.has_value()) at_ += piece->size();
        co_return piece;
    }

private:
    std::shared_ptr<Spool> spool_;
    std::uint64_t at_ = 0;
};

Task<Result<>> Spool::write(std::string piece)
{
    size_ += piece.size();
    memory_ += piece;
    if (memory_.size() <= max_memory_bytes) co_return Result<>();
    auto flushed = co_await flush();
    co_return flushed;
}

Task<Result<>> Spool::flush()
{
    auto flushed = co_await pool_.run([this]() -> Result<> {
        if (!file_) {
            SEALPOST_TRY(file_, files::NamelessFile::make(directory_));
        }
        return file_->write(memory_);
    });
    if (flushed.has_error()) co_return try_again(flushed.error());
    in_file_ += memory_.size();
    memory_.clear();
    co_return Result<>();
}

std::unique_ptr<async::ByteSource> Spool::read() { return std::make_unique<Source>(shared_from_this()); }

Task<Result<std::string>> Spool::read_at(std::uint64_t at)
{
    if (at >= in_file_) co_return memory_.substr(at - in_file_, async::ByteSource::max_piece_bytes);
    auto work = [file = file_.get(), at] { return file->read_at(at, async::ByteSource::max_piece_bytes); };
    auto piece = co_await pool_.run(work);
    if (piece.has_error()) co_return try_again(piece.error());
    co_return piece;
}

}  // namespace sealpost::sealer

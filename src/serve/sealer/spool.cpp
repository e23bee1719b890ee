#include "serve/sealer/spool.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sealpost::sealer {
namespace {

Error system_fault(const std::string& what) { return {Fault::retry_later, what + ": " + std::strerror(errno)}; }

Result<> write_all(int file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_fault("cannot write the spool file");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> read_piece(int file, std::uint64_t at)
{
    std::string piece(async::ByteSource::max_piece_bytes, '\0');
    const auto count = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(at));
    if (count < 0) return system_fault("cannot read the spool file");
    piece.resize(static_cast<std::size_t>(count));
    return piece;
}

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

Spool::~Spool()
{
    if (file_ >= 0) ::close(file_);
}

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
        if (file_ < 0) file_ = ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (file_ < 0) return system_fault("cannot make a spool file in " + directory_);
        return write_all(file_, memory_);
    });
    if (flushed.has_error()) co_return flushed.error();
    in_file_ += memory_.size();
    memory_.clear();
    co_return Result<>();
}

std::unique_ptr<async::ByteSource> Spool::read() { return std::make_unique<Source>(shared_from_this()); }

Task<Result<std::string>> Spool::read_at(std::uint64_t at)
{
    if (at >= in_file_) co_return memory_.substr(at - in_file_, async::ByteSource::max_piece_bytes);
    const int file = file_;
    auto work = [file, at] { return read_piece(file, at); };
    auto piece = co_await pool_.run(work);
    co_return piece;
}

}  // namespace sealpost::sealer

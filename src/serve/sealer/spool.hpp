#pragma once

#include "sys/async/blocking_pool.hpp"
#include "sys/async/byte_source.hpp"
#include "sys/files/nameless_file.hpp"

#include <memory>
#include <string>

namespace sealpost::sealer {

// Holds a sealed part while its size and hash are not known yet: up to 1 MiB in memory, beyond that
// in a nameless file of `directory`, which vanishes with the spool or the process. Ciphertext only.
class Spool final : public async::ByteSink, public std::enable_shared_from_this<Spool> {
public:
    static constexpr std::size_t max_memory_bytes = 1024 * 1024;

    Spool(async::BlockingPool& pool, std::string directory) : pool_(pool), directory_(std::move(directory)) {}

    Task<Result<>> write(std::string piece) override;
    [[nodiscard]] std::uint64_t size() const { return size_; }

    // From the beginning, as often as wanted, once all is written. Keeps the spool alive.
    [[nodiscard]] std::unique_ptr<async::ByteSource> read();

private:
    class Source;
    Task<Result<>> flush();
    Task<Result<std::string>> read_at(std::uint64_t at);

    async::BlockingPool& pool_;
    std::string directory_;
    std::string memory_;
    std::uint64_t size_ = 0;
    std::uint64_t in_file_ = 0;
    std::unique_ptr<files::NamelessFile> file_;
};

}  // namespace sealpost::sealer

#pragma once

#include "sys/async/task.hpp"

#include <string>
#include <string_view>

namespace sealpost::async {

// Octets in pieces, for content that is never whole in memory.
class ByteSource {
public:
    static constexpr std::size_t max_piece_bytes = 256 * 1024;

    virtual ~ByteSource() = default;
    // The next piece, 1 to max_piece_bytes octets; empty at the end.
    virtual Task<Result<std::string>> next() = 0;
};

class ByteSink {
public:
    virtual ~ByteSink() = default;
    virtual Task<Result<>> write(std::string piece) = 0;
};

// A source over a string at hand, for small content and tests.
class StringSource final : public ByteSource {
public:
    explicit StringSource(std::string text) : text_(std::move(text)) {}
    Task<Result<std::string>> next() override;

private:
    std::string text_;
    std::size_t at_ = 0;
};

}  // namespace sealpost::async

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sealpost::smtp {

// Octets between the connection and the session: small while commands are exchanged, larger while
// content flows. Views given out are good until room() is called.
class ReceiveBuffer {
public:
    static constexpr std::size_t small_bytes = 1024;
    static constexpr std::size_t large_bytes = 64 * 1024;

    // Where the next octets go: at least one, at most `capacity` with those waiting; empty when that
    // many wait already.
    [[nodiscard]] std::span<char> room(std::size_t capacity);
    void received(std::size_t count) { end_ += count; }

    [[nodiscard]] std::string_view waiting() const { return {octets_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    void consume(std::size_t count) { begin_ += count; }
    void wipe_consumed(std::size_t count);  // the last ones consumed: a line with a password
    void clear() { begin_ = end_ = 0; }

private:
    void make_room(std::size_t capacity);  // keeps those waiting
    void wipe(std::size_t count);          // the next ones

    std::unique_ptr<char[]> octets_;  // not filled first: zeroing 64 KiB for each message costs more than reading it
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace sealpost::smtp

#include "wire/smtp/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace sealpost::smtp {

std::span<char> ReceiveBuffer::room(std::size_t capacity)
{
    const std::size_t waiting = end_ - begin_;
    if (waiting >= capacity) return {};
    const bool fits = waiting == 0 ? capacity_ == capacity : capacity_ >= capacity;
    if (!fits) {
        make_room(capacity);
    } else if (begin_ > 0) {
        std::memmove(octets_.get(), octets_.get() + begin_, waiting);
        begin_ = 0;
        end_ = waiting;
    }
    return {octets_.get() + end_, capacity_ - end_};
}

void ReceiveBuffer::make_room(std::size_t capacity)
{
    auto roomier = std::make_unique_for_overwrite<char[]>(capacity);
    const std::string_view kept = waiting();
    if (!kept.empty()) std::memcpy(roomier.get(), kept.data(), kept.size());
    wipe(kept.size());  // it may be the beginning of a password
    octets_ = std::move(roomier);
    capacity_ = capacity;
    begin_ = 0;
    end_ = kept.size();
}

void ReceiveBuffer::wipe(std::size_t count)
{
    volatile char* octets = octets_.get() + begin_;
    for (std::size_t i = 0; i < count; ++i) octets[i] = 0;
}

void ReceiveBuffer::wipe_consumed(std::size_t count)
{
    begin_ -= count;
    wipe(count);
    begin_ += count;
}

}  // namespace sealpost::smtp

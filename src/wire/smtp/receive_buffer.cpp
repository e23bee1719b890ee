#include "wire/smtp/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace sealpost::smtp {

std::span<char> ReceiveBuffer::room(std::size_t capacity)
{
    const std::size_t waiting = end_ - begin_;
    if (waiting >= capacity) return {};
    if (waiting == 0) {
        clear();
        if (octets_.size() != capacity) octets_ = std::vector<char>(capacity);
    } else if (begin_ > 0) {
        std::memmove(octets_.data(), octets_.data() + begin_, waiting);
        begin_ = 0;
        end_ = waiting;
    }
    if (octets_.size() < capacity) octets_.resize(capacity);
    return std::span(octets_).subspan(end_, octets_.size() - end_);
}

void ReceiveBuffer::wipe_consumed(std::size_t count)
{
    volatile char* octets = octets_.data() + begin_ - count;
    for (std::size_t i = 0; i < count; ++i) octets[i] = 0;
}

}  // namespace sealpost::smtp

#include "serve/reader/upload_memory.hpp"

#include "core/people/address.hpp"

#include <algorithm>

namespace sealpost::reader {
namespace {

// Whoever has an IPv6 /48 has 65,536 networks of the smaller kind.
std::string widest(const std::string& network)
{
    std::string wider = people::wider_network_of(network);
    return wider.empty() ? network : wider;
}

}  // namespace

bool UploadMemory::take(const std::string& network, std::size_t bytes, Span span)
{
    const std::lock_guard guard(lock_);
    if (bytes > most_ - taken_) return false;
    const std::size_t left = most_ - taken_ - bytes;
    const auto held = by_network_.find(network);
    const std::size_t own = held == by_network_.end() ? 0 : held->second;
    if (span == Span::while_it_comes && own + bytes > left) return false;
    by_network_[network] = own + bytes;
    taken_ += bytes;
    return true;
}

void UploadMemory::give_back(const std::string& network, std::size_t bytes)
{
    const std::lock_guard guard(lock_);
    const auto held = by_network_.find(network);
    held->second -= bytes;
    if (held->second == 0) by_network_.erase(held);
    taken_ -= bytes;
}

UploadMemory::Share::Share(std::shared_ptr<UploadMemory> memory, const std::string& network)
    : memory_(std::move(memory)), network_(widest(network))
{
}

bool UploadMemory::Share::hold(std::size_t bytes, Span span)
{
    const std::size_t counted = bytes - std::min(bytes, uncounted_bytes);
    if (counted > own_ && !memory_->take(network_, counted - own_, span)) return false;
    if (counted < own_) memory_->give_back(network_, own_ - counted);
    own_ = counted;
    return true;
}

}  // namespace sealpost::reader

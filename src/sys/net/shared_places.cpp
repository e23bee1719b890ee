#include "sys/net/shared_places.hpp"

#include "base/network.hpp"

namespace sealpost::net {
namespace {

constexpr unsigned share = 9;  // times what is free

// RFC 4291 §2.5.4: whoever has one IPv6 address has the 64 bits of its interface.
IpAddress host_of(const IpAddress& address) { return address.is_v4() ? address : first_of({address, 64}); }

}  // namespace

SharedPlaces::Answer SharedPlaces::take(const IpAddress& host)
{
    const std::lock_guard guard(lock_);
    if (taken_ >= most_) return Answer::all_are_taken;
    const auto [held, is_new] = by_host_.try_emplace(host_of(host), 0U);
    const unsigned free = most_ - taken_;
    const bool has_its_share =
        !is_new && (held->second / share >= free || (most_per_host_ != 0 && held->second >= most_per_host_));
    if (has_its_share) return Answer::host_has_its_share;
    ++held->second;
    ++taken_;
    return Answer::taken;
}

void SharedPlaces::leave(const IpAddress& host)
{
    const std::lock_guard guard(lock_);
    const auto held = by_host_.find(host_of(host));
    if (--held->second == 0) by_host_.erase(held);
    --taken_;
}

}  // namespace sealpost::net

#include "sys/net/shared_places.hpp"

#include <algorithm>

namespace sealpost::net {
namespace {

constexpr unsigned share = 9;  // times what is free

IpAddress host_of(const IpAddress& address)
{
    if (address.is_v4()) return address;
    auto octets = address.octets();
    std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
    return IpAddress::v6(octets);
}

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

#include "serve/gateway/host_limits.hpp"

#include <algorithm>
#include <chrono>

namespace sealpost::gateway {
namespace {

// RFC 4291 §2.5.4: the last 64 bits are the interface's; whoever has one address has all of them.
IpAddress host_of(const IpAddress& address)
{
    if (address.is_v4()) return address;
    auto octets = address.octets();
    std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
    return IpAddress::v6(octets);
}

}  // namespace

WallTime HostLimits::this_hour() const { return std::chrono::floor<std::chrono::hours>(clock_.now()); }

std::optional<Place> HostLimits::enter(const IpAddress& address, unsigned most)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(host_of(address));
    if (host->connections >= most) {
        if (host->connections == 0) rest(host);
        return std::nullopt;
    }
    if (host->connections++ == 0) connected_.splice(connected_.end(), idle_, host);
    return Place([this, address = host->address] { leave(address); });
}

void HostLimits::leave(const IpAddress& address)
{
    const std::lock_guard guard(lock_);
    const auto host = by_address_.at(address);
    if (--host->connections > 0) return;
    idle_.splice(idle_.end(), connected_, host);
    rest(host);
}

bool HostLimits::take_recipient(const IpAddress& address, unsigned most)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(host_of(address));
    const bool has_room = most == 0 || host->recipients < most;
    if (has_room) ++host->recipients;
    if (host->connections == 0) rest(host);
    return has_room;
}

void HostLimits::count_invalid_recipient(const IpAddress& address)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(host_of(address));
    ++host->invalid_recipients;
    if (host->connections == 0) rest(host);
}

bool HostLimits::has_harvested(const IpAddress& address, unsigned most) const
{
    const std::lock_guard guard(lock_);
    const auto found = by_address_.find(host_of(address));
    if (most == 0 || found == by_address_.end() || found->second->hour != this_hour()) return false;
    return found->second->invalid_recipients >= most;
}

std::size_t HostLimits::known_hosts() const
{
    const std::lock_guard guard(lock_);
    return by_address_.size();
}

// A new host is idle. Counts of an hour that is over are gone.
HostLimits::Hosts::iterator HostLimits::find_or_add(const IpAddress& address)
{
    const auto [at, is_new] = by_address_.try_emplace(address);
    if (is_new) at->second = idle_.insert(idle_.end(), Host{.address = address});
    Host& host = *at->second;
    const WallTime hour = this_hour();
    if (host.hour != hour) {
        host.hour = hour;
        host.recipients = host.invalid_recipients = 0;
    }
    return at->second;
}

// The host was active last of all idle ones. What is not worth remembering goes.
void HostLimits::rest(Hosts::iterator host)
{
    const WallTime hour = this_hour();
    idle_.splice(idle_.end(), idle_, host);
    if (host->hour != hour || (host->recipients == 0 && host->invalid_recipients == 0)) forget(host);
    while (!idle_.empty() && (idle_.size() > max_idle_hosts_ || idle_.front().hour != hour)) forget(idle_.begin());
}

void HostLimits::forget(Hosts::iterator host)
{
    by_address_.erase(host->address);
    idle_.erase(host);
}

std::optional<Place> Places::take()
{
    const std::lock_guard guard(lock_);
    if (taken_ >= most_) return std::nullopt;
    ++taken_;
    return Place([this] { leave(); });
}

void Places::leave()
{
    const std::lock_guard guard(lock_);
    --taken_;
}

}  // namespace sealpost::gateway

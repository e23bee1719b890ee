#include "sys/net/source_addresses.hpp"

#include "sys/net/convert.hpp"

#include <boost/asio/ip/udp.hpp>

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

namespace sealpost::net {

SourceAddresses SourceAddresses::preferring(std::vector<IpAddress> addresses)
{
    SourceAddresses sources;
    sources.preferred_ = std::move(addresses);
    return sources;
}

std::optional<IpAddress> SourceAddresses::find_for(const IpAddress& target) const
{
    if (only_) return only_;
    for (const IpAddress& address : preferred_)
        if (address.is_v4() == target.is_v4() && is_own_address(address)) return address;
    return std::nullopt;
}

void SourceAddresses::narrow(std::vector<IpAddress>& targets) const
{
    if (targets.size() < 2 || (!only_ && preferred_.empty())) return;
    std::vector<IpAddress> fit;
    for (const IpAddress& target : targets) {
        const auto is_of_family = [&](const IpAddress& ours) { return ours.is_v4() == target.is_v4(); };
        if (only_ ? is_of_family(*only_) : std::ranges::any_of(preferred_, is_of_family)) fit.push_back(target);
    }
    if (only_ || !fit.empty()) targets = std::move(fit);
}

// The kernel's word: a list of interfaces would have to be read with its networks that are local as a whole.
bool is_own_address(const IpAddress& address)
{
    const auto endpoint = to_asio<boost::asio::ip::udp::endpoint>({address, 0});
    const int descriptor = ::socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    const bool is_bound = ::bind(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
    ::close(descriptor);
    return is_bound;
}

}  // namespace sealpost::net

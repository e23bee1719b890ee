#pragma once

#include "base/ip_address.hpp"

#include <boost/asio/ip/address.hpp>

namespace sealpost::net {

// Between our Endpoint and Asio's, for TCP and UDP alike.
template <class AsioEndpoint>
AsioEndpoint to_asio(const Endpoint& endpoint)
{
    if (endpoint.address.is_v4()) return {boost::asio::ip::address_v4(endpoint.address.v4_octets()), endpoint.port};
    return {boost::asio::ip::address_v6(endpoint.address.octets()), endpoint.port};
}

template <class AsioEndpoint>
Endpoint from_asio(const AsioEndpoint& endpoint)
{
    if (endpoint.address().is_v4()) return {IpAddress::v4(endpoint.address().to_v4().to_bytes()), endpoint.port()};
    return {IpAddress::v6(endpoint.address().to_v6().to_bytes()), endpoint.port()};
}

}  // namespace sealpost::net

#include "sys/net/port_check.hpp"

#include "sys/net/convert.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace sealpost::net {

Result<> check_free(Endpoint at)
{
    using boost::asio::ip::tcp;
    if (at.port == 0) return {};
    boost::asio::io_context alone;
    tcp::acceptor probe(alone);
    const auto endpoint = to_asio<tcp::endpoint>(at);
    boost::system::error_code error;
    probe.open(endpoint.protocol(), error);
    if (!error) probe.set_option(boost::asio::socket_base::reuse_address(true), error);
    if (!error && at.address.is_v6()) probe.set_option(boost::asio::ip::v6_only(false), error);
    if (!error) probe.bind(endpoint, error);
    if (error) return Error{Fault::config, "cannot listen on " + format_endpoint(at) + ": " + error.message()};
    return {};
}

}  // namespace sealpost::net

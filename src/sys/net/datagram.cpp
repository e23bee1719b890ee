#include "sys/net/datagram.hpp"

#include "sys/net/convert.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/ip/udp.hpp>

namespace sealpost::net {
namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr auto as_tuple_task = asio::as_tuple_t<async::UseTask>(async::use_task);

}  // namespace

struct DatagramSocket::State {
    explicit State(Executor executor) : socket(executor) {}
    asio::basic_datagram_socket<udp, Executor> socket;
};

DatagramSocket::DatagramSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
DatagramSocket::~DatagramSocket() = default;

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::bind(Executor executor, Endpoint at)
{
    auto state = std::make_unique<State>(executor);
    const auto endpoint = to_asio<udp::endpoint>(at);
    boost::system::error_code error;
    state->socket.open(endpoint.protocol(), error);
    if (!error) state->socket.bind(endpoint, error);
    if (error) return Error{Fault::config, "cannot bind UDP " + format_endpoint(at) + ": " + error.message()};
    return std::unique_ptr<DatagramSocket>(new DatagramSocket(std::move(state)));
}

Endpoint DatagramSocket::local() const
{
    boost::system::error_code ignored;
    return from_asio(state_->socket.local_endpoint(ignored));
}

Task<Result<DatagramSocket::Datagram>> DatagramSocket::receive()
{
    std::string bytes(max_datagram_bytes, '\0');
    udp::endpoint from;
    auto [error, count] = co_await state_->socket.async_receive_from(asio::buffer(bytes), from, as_tuple_task);
    if (error == asio::error::operation_aborted) co_return Error{Fault::cancelled, "the socket is closed"};
    if (error) co_return Error{Fault::retry_later, error.message()};
    bytes.resize(count);
    co_return Datagram{from_asio(from), std::move(bytes)};
}

Task<Result<>> DatagramSocket::send(Endpoint to, std::string bytes)
{
    const auto endpoint = to_asio<udp::endpoint>(to);
    auto [error, count] = co_await state_->socket.async_send_to(asio::buffer(bytes), endpoint, as_tuple_task);
    if (error) co_return Error{Fault::retry_later, error.message()};
    co_return Result<>();
}

void DatagramSocket::close()
{
    boost::system::error_code ignored;
    state_->socket.close(ignored);
}

}  // namespace sealpost::net

#include "sys/net/stream.hpp"

#include "sys/net/convert.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

namespace sealpost::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

namespace {

constexpr auto as_tuple_task = asio::as_tuple_t<async::UseTask>(async::use_task);
// Sent without a turn of others.
constexpr std::size_t most_octets_in_a_row = 256 << 10;
constexpr int most_sends_in_a_row = 32;

Error cannot_bind(const IpAddress& from, const Endpoint& to, const boost::system::error_code& error)
{
    return {Fault::config, "cannot connect from " + format_ip(from) + " to " + format_endpoint(to) + ": " + error.message()};
}

}  // namespace

// One timer serves all waits of a stream: a wait only stores its deadline, and the timer, when it
// fires early for the deadline of an earlier wait, is set again. So a read costs no timer operation.
struct TcpStream::State : std::enable_shared_from_this<State> {
    explicit State(Socket s) : socket(std::move(s)), timer(socket.get_executor()) {}

    void begin_wait(Deadline until)
    {
        deadline = until.at();
        timed_out = false;
        if (until.is_never() || (timer_pending && timer.expiry() <= deadline)) return;
        arm();
    }

    void end_wait()
    {
        deadline = SteadyClock::time_point::max();
        octets_in_a_row = 0;
        sends_in_a_row = 0;
    }

    // How much of it the kernel has room for: a reply needs no round through the worker's loop, which asio takes with every
    // operation. Who sends much waits its turn now and then.
    Result<std::size_t> send_at_once(std::string_view bytes)
    {
        if (octets_in_a_row >= most_octets_in_a_row || sends_in_a_row >= most_sends_in_a_row) return std::size_t{0};
        boost::system::error_code error;
        const auto sent = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        if (error == asio::error::would_block) return std::size_t{0};
        if (error) return Error{Fault::retry_later, error.message()};
        octets_in_a_row += sent;
        ++sends_in_a_row;
        return sent;
    }

    Error fault(const boost::system::error_code& error) const
    {
        if (timed_out) return {Fault::retry_later, "timed out"};
        if (error == asio::error::operation_aborted) return {Fault::cancelled, "cancelled"};
        return {Fault::retry_later, error.message()};
    }

    Socket socket;
    Timer timer;
    SteadyClock::time_point deadline = SteadyClock::time_point::max();
    bool timer_pending = false;
    bool timed_out = false;
    std::size_t octets_in_a_row = 0;  // sent since a wait
    int sends_in_a_row = 0;
    bool at_end = false;  // the peer has closed its side: the kernel would not tell again

private:
    void arm()
    {
        timer.expires_at(deadline);  // cancels an earlier wait, whose handler then does nothing
        timer_pending = true;
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            if (error) return;
            if (auto self = weak.lock()) self->expired();
        });
    }

    void expired()
    {
        timer_pending = false;
        if (deadline == SteadyClock::time_point::max()) return;
        if (deadline > SteadyClock::now()) return arm();
        timed_out = true;
        boost::system::error_code ignored;
        socket.cancel(ignored);
    }
};

TcpStream::TcpStream(std::shared_ptr<State> state, Endpoint peer, Endpoint local)
    : state_(std::move(state)), peer_(peer), local_(local)
{
    boost::system::error_code ignored;
    state_->socket.non_blocking(true, ignored);
}

TcpStream::~TcpStream() { close(); }

Task<Result<std::size_t>> TcpStream::read_some(std::span<char> into, Deadline deadline)
{
    auto state = state_;
    if (state->at_end) co_return std::size_t{0};
    state->begin_wait(deadline);
    auto [error, count] = co_await state->socket.async_read_some(asio::buffer(into.data(), into.size()), as_tuple_task);
    state->end_wait();
    state->at_end = error == asio::error::eof;
    if (state->at_end) co_return std::size_t{0};
    if (error) co_return state->fault(error);
    co_return count;
}

Task<Result<std::size_t>> TcpStream::peek_some(std::span<char> into, Deadline deadline)
{
    auto state = state_;
    if (state->at_end) co_return std::size_t{0};
    state->begin_wait(deadline);
    const auto buffer = asio::buffer(into.data(), into.size());
    auto [error, count] = co_await state->socket.async_receive(buffer, asio::socket_base::message_peek, as_tuple_task);
    state->end_wait();
    state->at_end = error == asio::error::eof;
    if (state->at_end) co_return std::size_t{0};
    if (error) co_return state->fault(error);
    co_return count;
}

Task<Result<>> TcpStream::write(std::string_view bytes, Deadline deadline)
{
    auto state = state_;
    SEALPOST_CO_TRY(const std::size_t sent, state->send_at_once(bytes));
    bytes.remove_prefix(sent);
    if (bytes.empty()) co_return Result<>();
    state->begin_wait(deadline);
    auto [error, count] = co_await asio::async_write(state->socket, asio::buffer(bytes.data(), bytes.size()), as_tuple_task);
    state->end_wait();
    if (error) co_return state->fault(error);
    co_return Result<>();
}

void TcpStream::end_writing()
{
    boost::system::error_code ignored;
    state_->socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void TcpStream::close()
{
    end_writing();  // closing alone would reset a connection with unread octets, before the peer has read our last words
    boost::system::error_code ignored;
    state_->socket.close(ignored);
    state_->timer.cancel();
}

void TcpStream::reset()
{
    boost::system::error_code ignored;
    state_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
    state_->socket.close(ignored);
}

int TcpStream::descriptor() const { return state_->socket.native_handle(); }

Task<Result<>> TcpStream::wait_writable(Deadline deadline)
{
    auto state = state_;
    state->begin_wait(deadline);
    auto [error] = co_await state->socket.async_wait(tcp::socket::wait_write, as_tuple_task);
    state->end_wait();
    if (error) co_return state->fault(error);
    co_return Result<>();
}

Task<Result<std::unique_ptr<TcpStream>>> connect(Endpoint to, std::optional<IpAddress> from, Deadline deadline)
{
    Executor executor = co_await asio::this_coro::executor;
    Socket socket(executor);
    boost::system::error_code error;
    socket.open(to_asio<tcp::endpoint>(to).protocol(), error);
    if (error) co_return Error{Fault::retry_later, error.message()};
    if (from && from->is_v4() != to.address.is_v4()) error = asio::error::address_family_not_supported;
    if (from && !error) socket.bind(to_asio<tcp::endpoint>({*from, 0}), error);
    if (error) co_return cannot_bind(*from, to, error);
    auto state = std::make_shared<TcpStream::State>(std::move(socket));
    state->begin_wait(deadline);
    auto [failure] = co_await state->socket.async_connect(to_asio<tcp::endpoint>(to), as_tuple_task);
    state->end_wait();
    if (failure) co_return state->fault(failure).in("connect to " + format_endpoint(to));
    state->socket.set_option(tcp::no_delay(true), error);
    const Endpoint local = from_asio(state->socket.local_endpoint(error));
    co_return std::make_unique<TcpStream>(std::move(state), to, local);
}

struct Listener::State {
    explicit State(Executor executor) : acceptor(executor) {}
    Acceptor acceptor;
    std::optional<Endpoint> local;  // of every connection; absent: each has an address of its own
};

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::bind(Executor executor, Endpoint at, bool reuse_port)
{
    auto state = std::make_unique<State>(executor);
    const auto endpoint = to_asio<tcp::endpoint>(at);
    boost::system::error_code error;
    state->acceptor.open(endpoint.protocol(), error);
    if (!error) state->acceptor.set_option(asio::socket_base::reuse_address(true), error);
    const int on = 1;
    if (!error && reuse_port && setsockopt(state->acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        error.assign(errno, boost::system::system_category());
    if (!error && at.address.is_v6()) state->acceptor.set_option(asio::ip::v6_only(false), error);
    if (!error) state->acceptor.bind(endpoint, error);
    if (!error) state->acceptor.set_option(tcp::no_delay(true), error);  // which connections inherit
    if (!error) state->acceptor.listen(1024, error);
    if (!error && !to_asio<tcp::endpoint>(at).address().is_unspecified())
        state->local = from_asio(state->acceptor.local_endpoint(error));
    if (error) return Error{Fault::config, "cannot listen on " + format_endpoint(at) + ": " + error.message()};
    return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Endpoint Listener::local() const
{
    boost::system::error_code ignored;
    return from_asio(state_->acceptor.local_endpoint(ignored));
}

Task<Result<std::unique_ptr<TcpStream>>> Listener::accept()
{
    tcp::endpoint peer;
    auto [error, socket] = co_await state_->acceptor.async_accept(peer, as_tuple_task);
    if (error == asio::error::operation_aborted) co_return Error{Fault::cancelled, "the listener is closed"};
    if (error) co_return Error{Fault::retry_later, error.message()};
    boost::system::error_code ignored;
    const Endpoint local = state_->local ? *state_->local : from_asio(socket.local_endpoint(ignored));
    co_return std::make_unique<TcpStream>(std::make_shared<TcpStream::State>(std::move(socket)), from_asio(peer), local);
}

void Listener::close()
{
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
}

}  // namespace sealpost::net

// net: TCP listeners and connections as ByteStreams with deadlines. No TLS, no protocol.
// A stream belongs to one task at a time. Passing a deadline is Fault::retry_later ("timed out").
#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "sys/async/task.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace sealpost::net {

class ByteStream {
public:
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    virtual ~ByteStream() = default;

    // At least one octet, or 0 when the peer has closed its side.
    virtual Task<Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) = 0;
    // All of it, or an error; the caller keeps `bytes` alive.
    virtual Task<Result<>> write(std::string_view bytes, Deadline deadline) = 0;
    // The same, of what nothing follows but close(), whose words may go out with it.
    virtual Task<Result<>> write_last(std::string_view bytes, Deadline deadline) { return write(bytes, deadline); }
    // The peer hears that nothing more comes, and may go on: what it sends is still read.
    virtual void end_writing() = 0;
    virtual void close() = 0;  // orderly, at once

    [[nodiscard]] virtual Endpoint peer() const = 0;
    [[nodiscard]] virtual Endpoint local() const = 0;
};

class TcpStream final : public ByteStream {
public:
    struct State;
    TcpStream(std::shared_ptr<State> state, Endpoint peer, Endpoint local);
    ~TcpStream() override;

    Task<Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) override;
    // The same, but the octets stay for the next read. A second peek without a read between answers at once.
    Task<Result<std::size_t>> peek_some(std::span<char> into, Deadline deadline);
    Task<Result<>> write(std::string_view bytes, Deadline deadline) override;
    void end_writing() override;
    void close() override;
    void reset();  // RST instead of FIN: nobody is greeted or told why
    [[nodiscard]] Endpoint peer() const override { return peer_; }
    [[nodiscard]] Endpoint local() const override { return local_; }
    void stand_for(Endpoint client) { peer_ = client; }  // for whom a balancer connects: the answer of peer() from now on

    // For the TLS room, which writes to the descriptor itself, and reads what is more than room. It stays non-blocking.
    [[nodiscard]] int descriptor() const;
    Task<Result<>> wait_writable(Deadline deadline);

private:
    std::shared_ptr<State> state_;
    Endpoint peer_;
    Endpoint local_;
};

// `from` binds the local address (the port is the kernel's choice). Fault::config when it cannot be: the peer was not asked.
Task<Result<std::unique_ptr<TcpStream>>> connect(Endpoint to, std::optional<IpAddress> from, Deadline deadline);

class Listener {
public:
    // `reuse_port`: several listeners, one a worker, share the port and the kernel spreads connections.
    static Result<std::unique_ptr<Listener>> bind(Executor executor, Endpoint at, bool reuse_port);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] Endpoint local() const;               // with the port that the kernel chose
    Task<Result<std::unique_ptr<TcpStream>>> accept();  // Fault::cancelled after close()
    void close();

private:
    struct State;
    explicit Listener(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::net

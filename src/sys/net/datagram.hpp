#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "sys/async/task.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sealpost::net {

// A bound UDP socket. One task receives at a time.
class DatagramSocket {
public:
    static constexpr std::size_t max_datagram_bytes = 4096;

    struct Datagram {
        Endpoint from;
        std::string bytes;
    };

    static Result<std::unique_ptr<DatagramSocket>> bind(Executor executor, Endpoint at);
    ~DatagramSocket();
    DatagramSocket(const DatagramSocket&) = delete;
    DatagramSocket& operator=(const DatagramSocket&) = delete;

    [[nodiscard]] Endpoint local() const;
    Task<Result<Datagram>> receive();  // Fault::cancelled after close(); longer datagrams are cut
    Task<Result<>> send(Endpoint to, std::string bytes);
    void close();

private:
    struct State;
    explicit DatagramSocket(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::net

#pragma once

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/net/stream.hpp"

#include <mutex>
#include <string>

namespace sealpost::replies {

// Stands between a client and a server on loopback and remembers every octet that the client says. It may cut the
// connection where the client begins its handshake.
class Tap {
public:
    explicit Tap(Endpoint server, bool cuts_handshakes = false) : server_(server), cuts_handshakes_(cuts_handshakes)
    {
        listener_ = net::Listener::bind(workers_.executor(0), {IpAddress::loopback_v4(), 0}, false).value();
        workers_.spawn(0, run());
    }
    ~Tap() { workers_.stop(); }
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;

    [[nodiscard]] std::uint16_t port() const { return listener_->local().port; }
    [[nodiscard]] std::string heard() const
    {
        const std::lock_guard hold(lock_);
        return heard_;
    }

private:
    Task<void> run()
    {
        async::TaskGroup connections(workers_.executor(0));
        while (true) {
            auto client = co_await listener_->accept();
            if (client.has_error()) break;
            connections.spawn(connect(std::move(*client)));
        }
        co_await connections.join();
    }
    Task<void> connect(std::unique_ptr<net::TcpStream> client)
    {
        auto server = co_await net::connect(server_, std::nullopt, Deadline::after(std::chrono::seconds(10)));
        if (server.has_error()) co_return;
        async::TaskGroup directions(workers_.executor(0));
        directions.spawn(pass(*client, **server, true));
        directions.spawn(pass(**server, *client, false));
        co_await directions.join();
    }
    Task<void> pass(net::ByteStream& from, net::ByteStream& to, bool listen)
    {
        std::string room(65536, '\0');
        const Deadline deadline = Deadline::after(std::chrono::seconds(10));
        bool wants_tls = false;
        while (true) {
            auto count = co_await from.read_some(room, deadline);
            if (count.has_error() || *count == 0) break;
            const std::string piece = room.substr(0, *count);
            if (listen && cuts_handshakes_ && wants_tls) break;
            wants_tls = piece.ends_with("STARTTLS\r\n");
            if (listen) remember(piece);
            auto written = co_await to.write(piece, deadline);
            if (written.has_error()) break;
        }
        to.close();
    }
    void remember(const std::string& piece)
    {
        const std::lock_guard hold(lock_);
        heard_ += piece;
    }

    Endpoint server_;
    bool cuts_handshakes_;
    mutable std::mutex lock_;
    std::string heard_;  // under lock_
    async::Workers workers_{1};
    std::unique_ptr<net::Listener> listener_;
};

}  // namespace sealpost::replies

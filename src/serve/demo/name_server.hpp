#pragma once

#include "sys/async/task.hpp"
#include "sys/net/datagram.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::demo {

// The zones of the demo world: owner name (lower case, no final dot) and type to record data.
class ZoneData {
public:
    void add_address(const std::string& name, IpAddress address);  // and the PTR record that leads back
    void add_listed(const std::string& name);  // an A record that only says "yes", as lists in DNS do (RFC 5782)
    void add_mail_host(const std::string& domain, int preference, const std::string& host);
    void add_text(const std::string& name, const std::string& text);

    // The answer to one DNS query (RFC 1035 §4), or nothing when the bytes are no query.
    [[nodiscard]] std::string answer(std::string_view query) const;

private:
    struct Record {
        std::uint16_t type;
        std::string data;  // wire format
    };
    void add(const std::string& name, std::uint16_t type, std::string data);
    std::map<std::string, std::vector<Record>> records_;
};

// An authoritative name server on loopback for the demo world, so that the nodes of the demo resolve
// names as they would outside, and a newcomer can ask it with any tool.
class NameServer {
public:
    static Result<std::unique_ptr<NameServer>> bind(Executor executor, Endpoint at, ZoneData zone);

    [[nodiscard]] Endpoint local() const { return socket_->local(); }
    ZoneData& zone() { return zone_; }  // from tasks of the server's executor only
    Task<void> run();                   // until stop()
    void stop() { socket_->close(); }

private:
    NameServer(std::unique_ptr<net::DatagramSocket> socket, ZoneData zone) : socket_(std::move(socket)), zone_(std::move(zone)) {}
    std::unique_ptr<net::DatagramSocket> socket_;
    ZoneData zone_;
};

}  // namespace sealpost::demo

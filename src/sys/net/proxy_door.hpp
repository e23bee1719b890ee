#pragma once

#include "base/network.hpp"
#include "sys/net/proxy_header.hpp"
#include "sys/net/stream.hpp"

#include <atomic>
#include <vector>

namespace sealpost::net {

// A listener's balancers: from their networks each connection begins with a PROXY header, or ends. Of all others no header
// is read, and what looks like one is the first thing that they say. "MUST not try to guess whether the protocol header is
// present or not" (proxy-protocol.txt §2). Any thread.
class ProxyDoor {
public:
    // `most_waiting`: connections whose header has not come yet; they have no place in the listener's own limits, since these
    // go by the address that is told.
    ProxyDoor(std::vector<Network> from, unsigned most_waiting) : from_(std::move(from)), most_waiting_(most_waiting) {}

    [[nodiscard]] bool is_for(const IpAddress& peer) const;

    // Reads the header and nothing behind it, before anything is said or TLS begins. Then stream.peer() is the client that was
    // told, or still the balancer that speaks for itself. Otherwise nobody knows who this is, and the connection has to end:
    // Fault::peer_broke_it: no header, or a broken one; retry_later: it did not come in time; cancelled: the connection was
    // closed; denied: too many wait already.
    Task<Result<ProxyHeader>> hear(TcpStream& stream, Deadline deadline);

private:
    const std::vector<Network> from_;
    const unsigned most_waiting_;
    std::atomic<unsigned> waiting_{0};
};

// How it went, as it is counted: "told", "own" (no client was told), "broken", "late", "closed" or "crowded".
[[nodiscard]] std::string_view format_hearing(const Result<ProxyHeader>& heard);

}  // namespace sealpost::net

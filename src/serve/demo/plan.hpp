#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace sealpost::demo {

// Where everything in the demo world listens. Each organisation has a loopback address of its own,
// so that mail hosts share one port as they share port 25 outside.
struct Plan {
    Endpoint page;                 // 127.0.0.1: the web inbox
    Endpoint service;              // 127.0.0.1: https://localhost:PORT, keys.test
    Endpoint names;                // 127.0.0.1: the name server
    Endpoint public_mx;            // 127.0.0.2: mx1.acme.test
    Endpoint submission;           // 127.0.0.2
    Endpoint admin;                // 127.0.0.1: https://mx1.localhost:PORT, acme's mail policies
    Endpoint inner;                // 127.0.0.4: acme's mail server behind the gateway
    Endpoint partner_mx;           // 127.0.0.3: mx.partner.test, the same port as public_mx
    IpAddress service_sends_from;  // 127.0.0.5: out.keys.test

    [[nodiscard]] std::string service_url() const { return "https://localhost:" + std::to_string(service.port); }
    // Another host than the service's: cookies go by host and not by port. Browsers take every name below
    // localhost to loopback (RFC 6761 §6.3).
    [[nodiscard]] std::string admin_url() const { return "https://mx1.localhost:" + std::to_string(admin.port); }
    [[nodiscard]] std::string page_url() const { return "http://localhost:" + std::to_string(page.port); }

    // With a base: page N, service N+1, mail policies N+2, public MX N+25, submission N+87, inner N+26, names N+53.
    // Without one, the kernel chooses free ports.
    static Result<Plan> make(std::optional<std::uint16_t> port_base);
};

}  // namespace sealpost::demo

#pragma once

#include "serve/courier/order.hpp"
#include "serve/courier/tls_event.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"
#include "sys/tls/context.hpp"
#include "wire/route/mta_sts.hpp"

#include <chrono>
#include <functional>

namespace sealpost::courier {

struct CourierLimits {
    unsigned max_hosts = 20;        // MX hosts or hops that one order tries
    unsigned max_addresses = 8;     // of one host
    unsigned max_recipients = 100;  // in one transaction; RFC 5321 §4.5.3.1.8
    unsigned max_idle_connections = 32;
    unsigned max_messages_per_connection = 100;
    std::chrono::seconds connection_wait{60};  // for a place among the destination's connections
    std::chrono::seconds idle{20};             // a connection at rest is kept so long
    std::chrono::seconds connect{30};
    std::chrono::seconds handshake{30};
    std::chrono::seconds greeting{5 * 60};  // RFC 5321 §4.5.3.2.1
    std::chrono::seconds command{5 * 60};
    std::chrono::seconds write{3 * 60};
    std::chrono::seconds content_end{10 * 60};  // §4.5.3.2.6
    std::uint64_t least_rate = 8 * 1024;        // octets of content a second, on the whole; a host that takes less is given up
};

struct CourierOptions {
    std::shared_ptr<dns::Resolver> resolver;
    std::function<std::shared_ptr<const tls::ClientContext>()> trust;  // asked for each new connection
    CourierLimits limits;
    route::StsFinder find_sts;                    // null: no MTA-STS policy is known here, and the demand mta_sts is never met
    std::function<void(const TlsEvent&)> on_tls;  // for reports to the domains; null: nobody counts
    std::function<void(const TlsFailure&)> on_tls_failure;  // of what the destination demands, not of REQUIRETLS; null: none
    log::Log log = log::Log::silent();
};

class Courier {
public:
    explicit Courier(CourierOptions options);
    ~Courier();  // closes what is open
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    // Several may run at the same time. After the deadline nothing is begun; what a host is taking by then goes on. Recipients
    // without an answer are deferred. So are they when it is cancelled: the report tells who has the message all the same.
    Task<CarryReport> carry(Order order, Deadline deadline);

    // Says QUIT on connections that rested too long, until cancelled. A child for the owner's group;
    // without it they stay open, unused.
    Task<void> keep_tidy();
    Task<void> close_idle();  // all of them, now
    [[nodiscard]] std::size_t idle_connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::courier

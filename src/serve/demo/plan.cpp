#include "serve/demo/plan.hpp"

#include "sys/async/workers.hpp"
#include "sys/net/datagram.hpp"
#include "sys/net/stream.hpp"

#include <vector>

namespace sealpost::demo {
namespace {

constexpr int most_tries = 20;

IpAddress loopback(std::uint8_t last) { return IpAddress::v4({127, 0, 0, last}); }

Plan addresses_only()
{
    Plan plan;
    plan.page.address = plan.service.address = plan.admin.address = plan.names.address = loopback(1);
    plan.public_mx.address = plan.submission.address = loopback(2);
    plan.partner_mx.address = loopback(3);
    plan.inner.address = loopback(4);
    plan.service_sends_from = loopback(5);
    return plan;
}

// The listeners are held until all ports are known, so that no port is given out twice.
Result<> choose_ports(Plan& plan, Executor executor)
{
    std::vector<std::unique_ptr<net::Listener>> held;
    for (Endpoint* endpoint : {&plan.page, &plan.service, &plan.admin, &plan.public_mx, &plan.submission, &plan.inner}) {
        SEALPOST_TRY(auto listener, net::Listener::bind(executor, *endpoint, false));
        endpoint->port = listener->local().port;
        held.push_back(std::move(listener));
    }
    plan.partner_mx.port = plan.public_mx.port;
    SEALPOST_TRY(auto partner, net::Listener::bind(executor, plan.partner_mx, false));
    SEALPOST_TRY(auto names, net::DatagramSocket::bind(executor, plan.names));
    plan.names.port = names->local().port;
    return {};
}

}  // namespace

Result<Plan> Plan::make(std::optional<std::uint16_t> port_base)
{
    Plan plan = addresses_only();
    if (port_base) {
        const auto port = [base = *port_base](int offset) { return static_cast<std::uint16_t>(base + offset); };
        if (*port_base > 65000) return Error{Fault::config, "--port-base leaves no room: at most 65000"};
        plan.page.port = port(0);
        plan.service.port = port(1);
        plan.admin.port = port(2);
        plan.public_mx.port = plan.partner_mx.port = port(25);
        plan.inner.port = port(26);
        plan.names.port = port(53);
        plan.submission.port = port(87);
        return plan;
    }
    async::Workers workers(1);
    for (int attempt = 1;; ++attempt) {
        auto chosen = choose_ports(plan, workers.executor(0));
        if (chosen.has_value()) return plan;
        if (attempt == most_tries) return chosen.error();
        plan = addresses_only();
    }
}

}  // namespace sealpost::demo

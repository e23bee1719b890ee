#pragma once

#include "core/people/people.hpp"
#include "serve/node/gateway_role.hpp"
#include "serve/node/page_servers.hpp"
#include "serve/policyadmin/policyadmin.hpp"

#include <memory>
#include <vector>

namespace sealpost::node {

// What the calls about mail policies stand on, without the desk at which administrators sign in.
[[nodiscard]] policyadmin::Parts make_policy_parts(Machinery& machinery, GatewayRole& gateway);

// What the calls about certificates stand on.
[[nodiscard]] certadmin::Parts make_certificate_parts(Machinery& machinery, std::shared_ptr<const admin::Desk> desk);

// Where a gateway's mail policies are administered ([admin] of the configuration): page and calls.
class AdminRole {
public:
    // `people` are the service's when this node has it; null: opened here, for administrators only.
    static Result<std::unique_ptr<AdminRole>> make(Machinery& machinery, GatewayRole& gateway,
                                                   std::shared_ptr<people::People> people);

    Result<> open_pages();  // HTTPS from here on
    void spawn_chores(async::TaskGroup& group);
    void begin_stop(Deadline drain) { servers_.begin_stop(drain); }
    void await_stop() { servers_.await_stop(); }  // blocks

    [[nodiscard]] std::vector<NamedEndpoint> endpoints() const { return servers_.endpoints(); }

private:
    explicit AdminRole(Machinery& machinery) : machinery_(machinery), servers_(machinery, "admin") {}
    void make_router(GatewayRole& gateway);

    Machinery& machinery_;
    std::shared_ptr<people::People> people_;
    bool is_sweeper_ = false;  // nobody else forgets sessions whose time is over
    std::shared_ptr<const http::Router> router_;
    PageServers servers_;
};

}  // namespace sealpost::node

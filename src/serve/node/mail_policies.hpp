#pragma once

#include "core/config/node_config.hpp"
#include "serve/mtasts/policy_finder.hpp"

namespace sealpost::node {

// What a client asks before it connects where a stranger's DNS sends it, for his MTA-STS policy or with a report for him:
// public addresses only, unless the configuration says otherwise (then absent).
[[nodiscard]] std::function<bool(const IpAddress&)> make_stranger_rule(const config::NodeConfig& config);

// What the finder of MTA-STS policies is made of.
struct PolicyFinding {
    const config::NodeConfig& config;
    const Clock& clock;  // outlives the finder
    log::Log log;
    std::shared_ptr<db::Database> database;
    std::shared_ptr<dns::Resolver> resolver;
    std::shared_ptr<const tls::ClientContext> trust;
};
[[nodiscard]] Result<std::shared_ptr<mtasts::PolicyFinder>> make_policy_finder(PolicyFinding parts);

// As the courier asks.
[[nodiscard]] route::StsFinder make_sts_finder(std::shared_ptr<mtasts::PolicyFinder> finder);

}  // namespace sealpost::node

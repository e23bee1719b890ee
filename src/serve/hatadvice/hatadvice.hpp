// hatadvice: warnings about the host access table that need more than the document: DNS, and the addresses
// of this node. A tool for whoever shows warnings: `sealpost policy`, the pages. It decides nothing and fails
// never: what DNS does not tell in time is left unsaid, except that it tells nothing at all. Bounded in questions,
// in questions at a time, and in time.
#pragma once

#include "base/network.hpp"
#include "core/config/node_config.hpp"
#include "core/policy/snapshot.hpp"
#include "sys/async/task.hpp"
#include "sys/dns/resolver.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace sealpost::hatadvice {

struct Options {
    std::chrono::milliseconds time_limit{5000};  // for all of it
    std::size_t max_names = 200;                 // that are looked up; further ones are left unsaid
    std::size_t at_a_time = 16;
    std::vector<Network> own_networks;  // of this node; empty: not known
    // Of this node; one that is not among them is taken as public. What is accepted on others is relayed.
    std::vector<policy::ListenerInfo> listeners = {};
};

// The networks of this machine's interfaces, its sending addresses and the source address of its deliveries.
[[nodiscard]] std::vector<Network> list_own_networks(const config::NodeConfig& config);

// Besides what Snapshot::compile() warns of; in the order of the document:
//   - a suffix whose bare name has an address and is in no group of that listener;
//   - a group that asks for host names while the resolver answers nothing;
//   - relay for a public range outside the networks of this node, when those are known.
Task<std::vector<policy::Problem>> find_warnings(std::shared_ptr<dns::Resolver> resolver,
                                                 std::shared_ptr<const policy::Snapshot> snapshot, Options options);

}  // namespace sealpost::hatadvice

#pragma once

#include "core/policy/snapshot.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace sealpost::cli {

// A connecting host as the options of a command describe it.
struct HostQuestion {
    std::string listener, ip, host_failure, country, reputation;
    std::vector<std::string> hosts, open_hosts, listed;
};

// --listener --ip --host --host-failure --open-host --listed --country --reputation. The question outlives the command.
// `without_name` says what counts when neither a name nor its failure is given: "it is taken as none".
void add_host_options(CLI::App& command, HostQuestion& question, const std::string& without_name);

// Fault::config names the option that is wrong.
[[nodiscard]] Result<policy::ConnectionFacts> read_host(const HostQuestion& question, const config::NodeConfig& config);

}  // namespace sealpost::cli

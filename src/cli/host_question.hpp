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
    std::vector<std::string> hosts, open_hosts, listed, not_listed;
};

// What becomes of that which the options leave open.
enum class Unsaid { taken_as_none, asked };

// --listener --ip --host --host-failure --open-host --listed --country --reputation, and where the rest is asked
// --not-listed. The question outlives the command.
void add_host_options(CLI::App& command, HostQuestion& question, Unsaid unsaid);

// Whether the options tell of a name, or that there is none.
[[nodiscard]] bool tells_name(const HostQuestion& question);

// Fault::config names the option that is wrong.
[[nodiscard]] Result<policy::ConnectionFacts> read_host(const HostQuestion& question, const config::NodeConfig& config);
// The zones that nobody needs to be asked about: `listed`, as read_host() found them, and those of --not-listed. Fault::config
// where one of these is no zone, or is listed.
[[nodiscard]] Result<std::vector<std::string>> read_known_lists(const HostQuestion& question, std::vector<std::string> listed);

}  // namespace sealpost::cli

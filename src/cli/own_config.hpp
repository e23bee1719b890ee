#pragma once

#include "cli/context.hpp"
#include "core/config/node_config.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/tls/context.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace sealpost::cli {

// The configuration of this machine, for commands that work without one, too: none when the file of the default place
// is missing or not ours to read. One that is named must be there.
[[nodiscard]] Result<std::optional<config::NodeConfig>> load_own_config(const Context& context);

// --resolver, which comes before [dns] of the configuration, which comes before `otherwise`.
[[nodiscard]] Result<std::shared_ptr<dns::Resolver>> open_own_resolver(const std::string& flag, const config::NodeConfig* config,
                                                                       const config::NodeConfig::Dns& otherwise = {});

// Whom a command asks, and how long that may take.
struct LookupFlags {
    explicit LookupFlags(unsigned seconds) : timeout_seconds(seconds) {}
    std::string resolver;  // empty: the configuration's or the system's
    unsigned timeout_seconds;

    [[nodiscard]] std::chrono::seconds timeout() const { return std::chrono::seconds(timeout_seconds); }
    [[nodiscard]] Deadline deadline() const { return Deadline::after(timeout()); }
};
// --resolver and --timeout; `scope` says what the time is for.
void add_lookup_options(CLI::App& command, LookupFlags& flags, const std::string& scope);

// For questions that need no DNSSEC: validated only when the configuration says so.
[[nodiscard]] Result<std::shared_ptr<dns::Resolver>> open_lookup_resolver(const Context& context, const std::string& flag);

// [tls] trust of the configuration, or of the system without one, and the files of --trust.
[[nodiscard]] Result<std::shared_ptr<const tls::ClientContext>> open_own_trust(const std::vector<std::string>& paths,
                                                                               const config::NodeConfig* config);

// A domain on the command line: Fault::config for what can be none, so that DNS is not asked.
[[nodiscard]] Result<> check_domain(const std::string& text);
// A listener on the command line: Fault::config when this node has none of that name.
[[nodiscard]] Result<> check_listener(const std::string& name, const config::NodeConfig& config);

}  // namespace sealpost::cli

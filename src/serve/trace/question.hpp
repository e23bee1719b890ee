#pragma once

#include "serve/trace/trace.hpp"

namespace sealpost::trace {

// The question of a trace, in parts that the command and the pages share.

inline constexpr const char* default_helo = "client.invalid";  // of a client that is said to have named nothing

// As a client says it, with or without angle brackets: what completes an address without a domain is for the policy to
// say. Empty: the null reverse-path. Fault::peer_broke_it says what is wrong with it.
[[nodiscard]] Result<std::string> parse_address(const std::string& text);

// As the node of that configuration would decide at that listener, but for the asker. The clock outlives the trace.
[[nodiscard]] Parts make_parts(const config::NodeConfig& config, std::string_view listener,
                               std::shared_ptr<const policy::Snapshot> snapshot, std::shared_ptr<dns::Resolver> resolver,
                               const Clock& clock);

// For who has no running node: it has read the files of [country] and [reputation] as far as that question needs them.
// Fault::config names file and line. The resolver may be null where DNS is not asked.
[[nodiscard]] Result<std::shared_ptr<const hostfacts::Asker>> load_asker(const config::NodeConfig& config,
                                                                         const policy::Snapshot& snapshot, const Inquiry& inquiry,
                                                                         std::shared_ptr<dns::Resolver> resolver);

}  // namespace sealpost::trace

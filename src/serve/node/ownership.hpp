#pragma once

#include "core/config/node_config.hpp"
#include "core/queue/queue.hpp"

namespace sealpost::node {

// Chores of the whole store, beside the lanes: those who do them are named like those who can deliver.
inline constexpr std::string_view send_tls_reports = "chore:tls-reports";
inline constexpr std::string_view send_dmarc_reports = "chore:dmarc-reports";
inline constexpr std::string_view sweep_administrators = "chore:administrators";  // and the audit trail, where no service does it

// Who this node is to others that share its store: a name that it made up at its first start and keeps in data_dir
// ("node-name"), and the lanes of its roles. Of a store that is a file: nobody.
[[nodiscard]] Result<queue::Owner> find_owner(const config::NodeConfig& config);

// The lane of the node's reports of deliveries (queue::Settings::bounce_lane).
[[nodiscard]] std::string find_bounce_lane(const config::NodeConfig& config);

}  // namespace sealpost::node

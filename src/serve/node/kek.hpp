#pragma once

#include "core/config/node_config.hpp"
#include "core/keys/kek.hpp"

namespace sealpost::node {

// The file that service.kek names.
[[nodiscard]] Result<std::string> find_kek_file(const config::NodeConfig& config);

// The service's key-encryption key, as service.kek names it; its errors say so.
[[nodiscard]] Result<std::shared_ptr<keys::KekFile>> open_kek(const config::NodeConfig& config);

// What the codes for postmasters are derived for (domains::Domains::open).
inline constexpr std::string_view domain_codes = "domain codes";

}  // namespace sealpost::node

#pragma once

#include "core/config/node_config.hpp"
#include "sys/crypto/x509_check.hpp"

#include <filesystem>
#include <memory>
#include <span>

namespace sealpost::certificates {

// A file of trusted authorities may be larger than a chain: bundles of whole machines are.
inline constexpr std::size_t max_trust_bytes = 1024 * 1024;

// Adds what is in the files of authorities, in PEM form, each at most max_trust_bytes.
[[nodiscard]] Result<> add_authorities(crypto::TrustStore::Sources& sources, std::span<const std::filesystem::path> paths);

// What the configuration's [tls] trust names.
[[nodiscard]] Result<crypto::TrustStore::Sources> read_sources(const config::NodeConfig& config);

// That, ready to check with.
[[nodiscard]] Result<std::shared_ptr<const crypto::TrustStore>> load_trust(const config::NodeConfig& config);

// The machine's own authorities and those in `paths`.
[[nodiscard]] Result<std::shared_ptr<const crypto::TrustStore>> load_trust(std::span<const std::filesystem::path> paths);

}  // namespace sealpost::certificates

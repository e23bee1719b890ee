#pragma once

#include "core/config/node_config.hpp"
#include "core/config/problem.hpp"
#include "wire/dkim/signer.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sealpost::node {

// A key that signs mail, or seals chains. Its file is the owner's alone.
[[nodiscard]] Result<dkim::SigningKey> load_signing_key(const std::string& domain, const std::string& selector,
                                                        const std::filesystem::path& file);

// Loads those of [[dkim]] and [arc] whose files are not among the problems yet, and says what is wrong.
[[nodiscard]] std::vector<config::Problem> check_signing_keys(const config::NodeConfig& config,
                                                              const std::vector<config::Problem>& known);

}  // namespace sealpost::node

#pragma once

#include "core/config/node_config.hpp"
#include "core/keys/kek.hpp"
#include "core/people/vault.hpp"
#include "sys/db/database.hpp"

namespace sealpost::node {

// The key-encryption keys that the configuration names.
struct Kek {
    std::shared_ptr<keys::KeyWrapper> wrapper;  // all of them
    std::shared_ptr<keys::KekFile> file;        // null: service.kek is in a token
};

struct KekName {
    bool is_file = false;
    std::string name;  // a path, or a PKCS#11 URI without how its module is reached
};

// service.kek, then service.former_keks; empty: this node has no service role.
[[nodiscard]] std::vector<KekName> list_keks(const config::NodeConfig& config);

// The file that service.kek names.
[[nodiscard]] Result<std::string> find_kek_file(const config::NodeConfig& config);

// Opens them all; reads files, signs in to tokens. Its errors name the key of the configuration.
[[nodiscard]] Result<Kek> open_kek(const config::NodeConfig& config);
// Tries each, and says with its line what is wrong.
[[nodiscard]] std::vector<config::Problem> check_keks(const config::NodeConfig& config);

// Whether they are the keys that the store was written with, and none is missing that it needs; changes nothing. With
// another answer than yes the service does not start.
[[nodiscard]] Result<> check_keks_of_store(const config::NodeConfig& config, db::Database& database);

// The key of a node without the service role, for the secrets of its administrators' authenticator apps and for nothing else:
// administrators.key in data_dir, which is made when it is not there (decision 59). Reads and writes files.
[[nodiscard]] Result<std::shared_ptr<people::Vault>> open_administrators_vault(const config::NodeConfig& config, WallTime now);
// What stands in its place when that key cannot be opened: it answers Fault::retry_later with `why`. Mail does not wait for a
// key that only the pages need, and recovery codes need none.
[[nodiscard]] std::shared_ptr<people::Vault> make_closed_vault(std::string why);
// What is wrong with that key where it is there and this node would open it; makes nothing. The node starts all the same.
[[nodiscard]] std::vector<config::Problem> check_administrators_key(const config::NodeConfig& config);
inline constexpr std::string_view administrators_key_hint =
    "give the file to the user that the node runs as, with mode 0600, or restore its copy, or remove it, after which each app is"
    " set up anew; then restart";

// What the codes for postmasters are derived for (domains::Domains::open).
inline constexpr std::string_view domain_codes = "domain codes";

}  // namespace sealpost::node

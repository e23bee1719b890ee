#pragma once

#include "base/clock.hpp"
#include "cli/own_store.hpp"
#include "core/config/node_config.hpp"
#include "core/revisions/policy_store.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sealpost::cli {

// The policy of the configured store, opened for one command; no server is needed.
class PolicyAccess {
public:
    enum class Misfits { told, left };  // on standard error: what in the policy this node does not have
    static Result<std::unique_ptr<PolicyAccess>> open(const std::string& config_path, Missing missing = Missing::refused,
                                                      Misfits misfits = Misfits::told);
    [[nodiscard]] revisions::PolicyStore& store() { return *store_; }
    [[nodiscard]] const std::shared_ptr<revisions::PolicyStore>& shared_store() const { return store_; }
    [[nodiscard]] const config::NodeConfig& config() const { return config_; }
    [[nodiscard]] const std::shared_ptr<db::Database>& database() const { return database_; }
    // What is live has changed: told in the audit trail, as changes by the pages are.
    [[nodiscard]] Result<> note_live(std::string_view what, const revisions::CommitInfo& info);

private:
    SystemClock clock_;
    config::NodeConfig config_;
    std::shared_ptr<db::Database> database_;
    std::shared_ptr<revisions::PolicyStore> store_;
};

// What decides on this node: the policy of its store, or the one that it would begin with while it has none.
struct Decider {
    config::NodeConfig config;
    std::shared_ptr<const policy::Snapshot> snapshot;
};
[[nodiscard]] Result<Decider> find_decider(const std::string& config_path, bool pending = false);

// The edition that a person saw (doc/spec/policy-api.md, "Words"); empty: any. What is written there is one.
CLI::Option* add_edition(CLI::App& command, std::string& edition);

[[nodiscard]] boost::json::array to_json(const std::vector<config::Problem>& problems);

}  // namespace sealpost::cli

#include "cli/policy_access.hpp"

#include "cli/service_store.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <iostream>
#include <system_error>

namespace sealpost::cli {

Result<std::unique_ptr<PolicyAccess>> PolicyAccess::open(const std::string& config_path)
{
    auto access = std::make_unique<PolicyAccess>();
    SEALPOST_TRY(access->config_, config::load_config(config_path));
    std::error_code error;
    std::filesystem::create_directories(access->config_.node.data_dir, error);
    if (error) return Error{Fault::config, access->config_.node.data_dir.string() + ": cannot be made: " + error.message()};
    SEALPOST_TRY(access->database_, db::Database::open(access->config_.store.url));
    SEALPOST_TRY(access->store_,
                 revisions::PolicyStore::open(access->database_, access->clock_, policy::list_listeners(access->config_),
                                              policy::describe_node(access->config_)));
    for (const auto& problem : access->store_->misfits()) std::cerr << "sealpost: " << config::format_problem(problem) << '\n';
    return access;
}

Result<> PolicyAccess::note_live(std::string_view what, const revisions::CommitInfo& info)
{
    SEALPOST_TRY(const auto people, people::People::open(database_, clock_, {}));
    const boost::json::object details{{"version", info.version}, {"author", info.author}};
    people::AuditEntry entry{"operator", "local", std::string(what), "policy", boost::json::serialize(details)};
    const auto kept = wait_for(people->audit().append(std::move(entry)));
    if (kept.has_value()) return {};
    return kept.error().in("version " + std::to_string(info.version) + " is live; it could not be noted in the audit trail");
}

boost::json::array to_json(const std::vector<config::Problem>& problems)
{
    boost::json::array out;
    for (const auto& problem : problems)
        out.push_back(boost::json::object{{"file", problem.file},
                                          {"line", problem.line},
                                          {"key", problem.key},
                                          {"what", problem.what},
                                          {"hint", problem.hint}});
    return out;
}

}  // namespace sealpost::cli

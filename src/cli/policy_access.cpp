#include "cli/policy_access.hpp"

#include "cli/service_store.hpp"

#include <boost/json.hpp>

#include <iostream>

namespace sealpost::cli {

Result<std::unique_ptr<PolicyAccess>> PolicyAccess::open(const std::string& config_path, Missing missing, Misfits misfits)
{
    auto access = std::make_unique<PolicyAccess>();
    SEALPOST_TRY(access->config_, config::load_config(config_path));
    SEALPOST_TRY(access->database_, open_store(access->config_, missing));
    SEALPOST_TRY(access->store_,
                 revisions::PolicyStore::open(access->database_, access->clock_, policy::list_listeners(access->config_),
                                              policy::describe_node(access->config_)));
    if (misfits == Misfits::left) return access;
    for (const auto& problem : access->store_->misfits()) std::cerr << "sealpost: " << config::format_problem(problem) << '\n';
    return access;
}

Result<Decider> find_decider(const std::string& config_path, bool pending)
{
    SEALPOST_TRY(auto config, config::load_config(config_path));
    SEALPOST_TRY(const bool is_there, has_store(config));
    if (is_there) {
        SEALPOST_TRY(const auto access, PolicyAccess::open(config_path));
        auto snapshot = access->store().current();
        if (pending) {
            SEALPOST_TRY(snapshot, access->store().pending());
        }
        return Decider{std::move(config), std::move(snapshot)};
    }
    const auto listeners = policy::list_listeners(config);
    auto parsed = policy::parse_document(policy::default_document(listeners), "the default policy");
    if (!parsed.document) return config::to_error(parsed.problems);
    auto compiled = policy::Snapshot::compile(std::move(*parsed.document), listeners, 0, policy::describe_node(config));
    if (!compiled.snapshot) return config::to_error(compiled.problems);
    return Decider{std::move(config), std::move(compiled.snapshot)};
}

Result<> PolicyAccess::note_live(std::string_view what, const revisions::CommitInfo& info)
{
    SEALPOST_TRY(const auto people, people::People::open(database_, clock_, {}));
    const boost::json::object details{{"version", info.version}, {"author", info.author}};
    return note_in_audit_trail(*people, what, "policy", details, "version " + std::to_string(info.version) + " is live");
}

CLI::Option* add_edition(CLI::App& command, std::string& edition)
{
    return command
        .add_option("--edition", edition, "what you saw, as policy status tells it; refused when another is there by now")
        ->type_name("N.N")
        ->check([](const std::string& text) {
            return revisions::parse_edition(text) ? std::string() : config::quote_json(text) + " is no edition, such as 7.0";
        });
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

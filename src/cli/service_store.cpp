#include "cli/service_store.hpp"

#include <boost/json/serialize.hpp>

#include <iostream>

namespace sealpost::cli {

const Clock& system_clock()
{
    static const SystemClock clock;
    return clock;
}

Result<ServiceStore> open_service_store(const Context& context, Missing missing)
{
    SEALPOST_TRY(auto config, config::load_config(context.config_path));
    SEALPOST_TRY(auto database, open_store(config, missing));
    SEALPOST_TRY(auto people, people::People::open(database, system_clock(), {}));
    return ServiceStore{std::move(config), std::move(database), std::move(people)};
}

Result<> require_service(const Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    if (config.node.is_service || config.store.file.empty()) return {};
    return Error{
        Fault::config,
        "this node has no service role: accounts, tokens, domains and people are kept where [node] roles names \"service\""};
}

Result<people::Account> find_account(ServiceStore& store, const std::string& name)
{
    SEALPOST_TRY(auto account, wait_for(store.people->accounts().find_by_name(name)));
    if (account) return std::move(*account);
    return Error{Fault::denied, "there is no account \"" + name + "\"; `sealpost account list` shows them"};
}

Result<> note_in_audit_trail(people::People& people, std::string_view what, std::string_view subject,
                             const boost::json::object& details, const std::string& done)
{
    people::AuditEntry entry{"operator", "local", std::string(what), std::string(subject), boost::json::serialize(details)};
    const auto kept = wait_for(people.audit().append(std::move(entry)));
    if (kept.has_value()) return {};
    return kept.error().in(done + "; that could not be noted in the audit trail");
}

Result<Secret> read_password()
{
    Bytes line;
    line.reserve(people::Persons::max_password_bytes + 1);  // no copies left behind by growing
    char c = 0;
    while (line.size() <= people::Persons::max_password_bytes && std::cin.get(c) && c != '\n')
        line.push_back(static_cast<std::uint8_t>(c));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) return Error{Fault::config, "no password on standard input"};
    return Secret(std::move(line));
}

}  // namespace sealpost::cli

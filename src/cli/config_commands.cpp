#include "cli/context.hpp"
#include "cli/explanation.hpp"
#include "cli/own_store.hpp"
#include "cli/policy_access.hpp"
#include "cli/service_check.hpp"
#include "cli/service_store.hpp"
#include "core/certificates/store.hpp"
#include "core/certificates/trust.hpp"
#include "core/config/config_file.hpp"
#include "core/revisions/misfits.hpp"
#include "serve/node/kek.hpp"
#include "serve/node/signing_keys.hpp"
#include "serve/node/trust.hpp"
#include "sys/crypto/password.hpp"
#include "sys/db/postgres_url.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

namespace sealpost::cli {
namespace {

using Problems = std::vector<config::Problem>;

void append(const Problems& more, Problems& to) { to.insert(to.end(), more.begin(), more.end()); }

bool is_told(const Problems& problems, std::string_view key)
{
    return std::any_of(problems.begin(), problems.end(), [&](const config::Problem& problem) { return problem.key == key; });
}

// What stands in a file of authorities; that files cannot be read is among the problems already.
void check_trust(const config::NodeConfig& config, Problems& problems)
{
    const auto check = [&](const std::string& key, const std::vector<std::filesystem::path>& files) {
        for (const auto& file : files) {
            if (is_told(problems, key)) return;
            if (const auto trust = node::load_trust(config, "", {file}); trust.has_error())
                problems.push_back(
                    {config.file.string(), 0, key, trust.error().in(file.string()).text, "certificates of authorities in PEM"});
        }
    };
    check("tls.trust", config.tls.trust_files);
    if (is_told(problems, "tls.trust")) return;  // it is loaded with each of the others
    check("gateway.trust", config.gateway.trust);
    for (const auto& authority : config.acme) check("acme.trust", authority.trust);
}

void check_certificates(const config::NodeConfig& config, Problems& problems, Problems& weaknesses)
{
    auto trust = certificates::load_trust(config);
    if (trust.has_error()) return;  // told by check_trust()
    const certificates::Store store(config, std::move(*trust), system_clock());
    append(certificates::find_problems(config, store), problems);
    append(certificates::find_weaknesses(config, store), weaknesses);
}

// What stands in a file, whether a token has the key, and whether the store was written with it; that files cannot be read
// is among the problems already.
void check_keks(const config::NodeConfig& config, db::Database* database, Problems& problems)
{
    if (is_told(problems, "service.kek") || is_told(problems, "service.former_keks")) return;
    append(node::check_keks(config), problems);
    if (database == nullptr || !config.node.is_service) return;
    if (is_told(problems, "service.kek") || is_told(problems, "service.former_keks")) return;
    if (const auto fits = node::check_keks_of_store(config, *database); fits.has_error())
        problems.push_back(
            {config.file.string(), config.service.kek_line, "service.kek", fits.error().text, "doc/ops/backup.md"});
}

// How a store of PostgreSQL is reached, and whether the password stays with its owner.
void check_store_url(const config::NodeConfig& config, Problems& problems, Problems& weaknesses)
{
    if (!config.store.file.empty()) return;
    const auto note = [&](Problems& into, const std::string& what, const std::string& hint) {
        into.push_back({config.file.string(), 0, "store.url", what, hint});
    };
    const auto url = db::PostgresUrl::parse(config.store.url);
    if (url.has_error()) return note(problems, url.error().text, "url = \"postgresql://sealpost@db.acme.example/sealpost\"");
    if (!url->is_proven())
        note(weaknesses,
             "sslmode=" + url->sslmode + " does not prove who the server of the store is: whoever stands between reads all",
             "leave sslmode out: its certificate is then verified");
    std::error_code unknown;
    const auto mode = std::filesystem::status(config.file, unknown).permissions();
    if (url->has_password && (mode & std::filesystem::perms::others_read) != std::filesystem::perms::none)
        note(weaknesses, "it holds a password, and others may read this file",
             "chmod o= " + config.file.string() + ", or keep the password in ~/.pgpass of the service's user");
}

// The store of the node; null: there is none yet.
Result<std::shared_ptr<db::Database>> find_store(const config::NodeConfig& config)
{
    SEALPOST_TRY(const bool is_there, has_store(config));
    if (!is_there) return std::shared_ptr<db::Database>();
    return open_store(config, Missing::made);
}

// What the policy in the store names and this configuration does not have: `serve` goes on without it. What it could mistake
// for something else is a problem.
Result<> check_policy(const config::NodeConfig& config, db::Database& database, Problems& problems, Problems& weaknesses)
{
    if (!config.node.is_gateway) return {};
    SEALPOST_TRY(const auto misfits,
                 revisions::find_misfits(database, policy::list_listeners(config), policy::describe_node(config)));
    append(misfits.others, weaknesses);
    if (!misfits.renaming) return {};
    problems.push_back(*misfits.renaming);
    problems.back().file = config.file.string();
    return {};
}

// What depends on the store. Fault::retry_later: it does not answer for the moment, which is no fault of the configuration.
Result<> check_with_store(const config::NodeConfig& config, Problems& problems, Problems& weaknesses)
{
    auto store = is_told(problems, "store.url") ? Result<std::shared_ptr<db::Database>>() : find_store(config);
    auto* database = store.has_value() ? store->get() : nullptr;
    check_keks(config, database, problems);
    if (store.has_error()) return store.error();
    if (database == nullptr) return {};
    return check_policy(config, *database, problems, weaknesses);
}

boost::json::object to_answer(const Problems& problems, const Problems& weaknesses)
{
    return {{"good", problems.empty()}, {"problems", to_json(problems)}, {"warnings", to_json(weaknesses)}};
}

// What `config check` found, and with --service the envelope service.
struct Findings {
    Problems problems;
    Problems passing;  // of the same, those that may end by themselves
    Problems weaknesses;
    bool asks_service = false;
    std::optional<ServiceCheck> service;  // absent: it was not asked
};

// With its file and a trust that cannot be used there is nothing to ask with.
void check_service_of(const config::NodeConfig& config, Findings& found)
{
    if (!config.node.is_gateway || config.gateway.service_url.empty()) {
        found.problems.push_back({config.file.string(), 0, "gateway.service_url",
                                  "there is no envelope service to ask: without one nothing is sealed",
                                  "service_url = \"https://…\", or leave --service out"});
        return;
    }
    for (const char* key : {"gateway.token_file", "gateway.trust", "tls.trust"})
        if (is_told(found.problems, key)) return;
    found.service = check_service(config);
    if (found.service->problem) (found.service->may_pass ? found.passing : found.problems).push_back(*found.service->problem);
}

boost::json::object to_answer(const Findings& found)
{
    Problems problems = found.problems;
    append(found.passing, problems);
    auto answer = to_answer(problems, found.weaknesses);
    if (!found.asks_service) return answer;
    const bool is_known = found.service && !found.service->facts.empty();
    answer["service"] = is_known ? boost::json::value(found.service->facts) : boost::json::value(nullptr);
    return answer;
}

void refuse(Context& context, const Error& error, const Findings& found)
{
    if (context.json) context.answer(to_answer(found), "");
    context.fail(error);
}

Findings check_all(const config::NodeConfig& config, bool asks_service)
{
    Findings found{config::check_files(config), {}, config::find_weaknesses(config), asks_service, {}};
    append(node::check_administrators_key(config), found.weaknesses);
    check_store_url(config, found.problems, found.weaknesses);
    const auto answered = check_with_store(config, found.problems, found.weaknesses);
    append(node::check_signing_keys(config, found.problems), found.problems);
    check_trust(config, found.problems);
    check_certificates(config, found.problems, found.weaknesses);
    if (answered.has_error()) {
        const bool may_pass = answered.error().fault == Fault::retry_later;
        (may_pass ? found.passing : found.problems).push_back({config.file.string(), 0, "store.url", answered.error().text, ""});
    }
    if (asks_service) check_service_of(config, found);
    return found;
}

void check(Context& context, bool asks_service)
{
    const auto loaded = config::read_config_file(context.config_path);
    Findings wrong;
    wrong.asks_service = asks_service;
    if (loaded.has_error()) {
        wrong.problems.push_back({context.config_path, 0, "", loaded.error().text, ""});
        return refuse(context, loaded.error(), wrong);
    }
    if (!loaded->config) {
        wrong.problems = loaded->problems;
        return refuse(context, config::to_error(loaded->problems), wrong);
    }
    const auto found = check_all(*loaded->config, asks_service);
    const bool is_good = found.problems.empty() && found.passing.empty();
    for (const auto* problems : {&found.problems, &found.passing})
        for (const auto& problem : *problems) std::cerr << "sealpost: " << config::format_problem(problem) << '\n';
    if (!is_good) context.exit = found.problems.empty() ? Exit::temporary : Exit::usage;
    for (const auto& weakness : found.weaknesses) std::cerr << "sealpost: warning: " << config::format_problem(weakness) << '\n';
    context.answer(to_answer(found), (found.service ? found.service->text : "") + (is_good ? "good\n" : ""));
}

void add_check(CLI::App& group, Context& context)
{
    const auto asks_service = std::make_shared<bool>(false);
    auto* command =
        group.add_subcommand("check", "Read the configuration, and when it is whole the files and the store that it names");
    command->add_flag("--service", *asks_service,
                      "ask the envelope service of this gateway, too, whether it takes the token; this goes over the network");
    command->footer(
        "Every problem and warning at once; while a key of the configuration is wrong, no file is looked at. Ends with 3 "
        "when\n"
        "nothing is wrong but that the store, or with --service the envelope service, does not answer. --service changes nothing "
        "there.\n\n"
        "Examples:\n"
        "  sealpost --config /etc/sealpost/sealpost.toml config check\n"
        "  sealpost config check --service");
    command->callback([&context, asks_service] { check(context, *asks_service); });
}

void hash_password(Context& context)
{
    std::string password;
    std::getline(std::cin, password);
    if (password.empty()) return context.fail({Fault::config, "no password on standard input"});
    const auto hash = crypto::hash_password(Secret::copy_of(password));
    context.answer(boost::json::object{{"hash", hash}}, hash);
}

}  // namespace

void add_config_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("config", "The configuration of this node");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost config check --service\n  sealpost config explain listener.kind\n  sealpost config example");
    add_check(*group, context);
    const auto key = std::make_shared<std::string>();
    auto* explain_command = group->add_subcommand("explain", "Say what a key means, with its type, default and range");
    explain_command->add_option("KEY", *key, "a table, or table.key; without it, everything");
    explain_command->footer("Example:\n  sealpost config explain listener.kind");
    explain_command->callback([&context, key] {
        answer_explanation(context, *key, {config::explain_key(*key), config::find_similar_keys(*key)});
    });
    group->add_subcommand("example", "Print a configuration with every key and its default")
        ->footer("Example:\n  sealpost config example > /etc/sealpost/sealpost.toml")
        ->callback([&context] {
            context.answer(boost::json::object{{"document", config::make_example()}}, config::make_example());
        });
    group->add_subcommand("hash-password", "Read a password from standard input and print its hash for a users_file")
        ->footer("Example:\n  printf 'alice:%s\\n' \"$(sealpost config hash-password)\" >> submission.users")
        ->callback([&context] { hash_password(context); });
}

}  // namespace sealpost::cli

#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/signals.hpp"
#include "core/config/log_file.hpp"
#include "serve/node/node.hpp"

#include <iostream>

namespace sealpost::cli {
namespace {

log::Level to_level(const std::string& name)
{
    if (name == "debug") return log::Level::debug;
    if (name == "warning") return log::Level::warning;
    if (name == "error") return log::Level::error;
    return log::Level::info;
}

log::Log open_log(const config::NodeConfig& config)
{
    const auto format = config.log.format == "text" ? log::Format::text : log::Format::json;
    return log::Log::to_file(config.log.file.string(), format, to_level(config.log.level));
}

void say_ready(const node::Node& node)
{
    std::cout << "ready";
    for (const auto& [name, endpoint] : node.endpoints()) std::cout << ' ' << name << '=' << format_endpoint(endpoint);
    std::cout << std::endl;
    notify_service_manager("READY=1");
}

// The configuration is read at start only; who reloads after a change of it hears so.
void tell_of_restart(const node::Node& node, const log::Log& log)
{
    const auto& running = node.machinery().config;
    const auto written = config::load_config(running.file);
    if (written.has_error()) {
        log.warning("node.restart_would_fail", {{"problem", written.error().text}});
        std::cerr << "sealpost: a restart would fail: " << written.error().text << '\n';
        return;
    }
    const auto keys = config::find_changed_keys(running, *written);
    if (keys.empty()) return;
    log.warning("node.restart_needed", {{"keys", join(keys, ", ")}});
    std::cerr << "sealpost: " << running.file.string() << " differs from what runs; a restart takes over " << join(keys, ", ")
              << '\n';
}

void serve(Context& context)
{
    block_signals();  // before the first thread
    auto config = config::load_config(context.config_path);
    if (config.has_error()) return context.fail(config.error());
    const SystemClock clock;
    if (const auto problem = config::check_log_file(*config))
        return context.fail({Fault::config, config::format_problem(*problem)});
    const log::Log log = open_log(*config);
    auto node = node::Node::start(std::move(*config), clock, log);
    if (node.has_error()) return context.fail(node.error());
    say_ready(**node);
    while (wait_for_signal() == Signalled::reload) {
        for (const auto& kept : (*node)->reload()) std::cerr << "sealpost: " << kept << '\n';
        tell_of_restart(**node, log);
    }
    notify_service_manager("STOPPING=1");
    (*node)->stop();
}

}  // namespace

void add_serve_commands(CLI::App& app, Context& context)
{
    auto* command = app.add_subcommand("serve", "Run the roles that the configuration names");
    command->footer(
        "Prints one line `ready` with its addresses. SIGTERM drains and ends. SIGHUP reads again: certificates, the files of\n"
        "[country] and [reputation], gateway.token_file, listener.users_file and smtp_login.password_file.\n"
        "What sealpost.toml itself says is read at the start: after a change, a reload names the keys that wait for a restart.\n"
        "Policy, accounts, people, domains and tokens are taken over at once; policy is changed with `sealpost policy submit`\n"
        "and `commit`, while it runs or before.\n\n"
        "Example:\n  sealpost --config /etc/sealpost/sealpost.toml serve");
    command->callback([&context] { serve(context); });
}

}  // namespace sealpost::cli

#include "cli/own_config.hpp"

#include "base/text.hpp"
#include "core/config/schema.hpp"
#include "serve/node/resolver.hpp"
#include "serve/node/trust.hpp"
#include "wire/mail/mailbox.hpp"

#include <unistd.h>

namespace sealpost::cli {

Result<std::optional<config::NodeConfig>> load_own_config(const Context& context)
{
    if (context.config_path == default_config_path && ::access(context.config_path.c_str(), R_OK) != 0)
        return std::optional<config::NodeConfig>();
    SEALPOST_TRY(auto config, config::load_config(context.config_path));
    return std::optional<config::NodeConfig>(std::move(config));
}

Result<std::shared_ptr<dns::Resolver>> open_own_resolver(const std::string& flag, const config::NodeConfig* config,
                                                         const config::NodeConfig::Dns& otherwise)
{
    if (config && flag.empty()) return node::make_resolver(config->dns);
    auto dns = otherwise;
    if (!flag.empty()) {
        auto forwarder = parse_endpoint(flag);
        if (!forwarder) return forwarder.error().in("--resolver");
        dns.resolver = *forwarder;
    }
    return node::make_resolver(dns);
}

void add_lookup_options(CLI::App& command, LookupFlags& flags, const std::string& scope)
{
    command.add_option("--resolver", flags.resolver, "ask this name server instead of the configuration's or the system's")
        ->type_name("IP:PORT");
    command.add_option("--timeout", flags.timeout_seconds, scope)
        ->type_name("S")
        ->capture_default_str()
        ->check(CLI::Range(1, 3600));
}

Result<std::shared_ptr<dns::Resolver>> open_lookup_resolver(const Context& context, const std::string& flag)
{
    SEALPOST_TRY(const auto config, load_own_config(context));
    config::NodeConfig::Dns otherwise;
    otherwise.no_validation = true;
    return open_own_resolver(flag, config ? &*config : nullptr, otherwise);
}

Result<std::shared_ptr<const tls::ClientContext>> open_own_trust(const std::vector<std::string>& paths,
                                                                 const config::NodeConfig* config)
{
    const config::NodeConfig without;
    const auto& own = config ? *config : without;
    return node::load_trust(own, own.tls.outbound, {paths.begin(), paths.end()});
}

Result<> check_domain(const std::string& text)
{
    const auto name = text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
    const auto ascii = mail::parse_domain(name);
    if (config::is_domain(ascii ? *ascii : name)) return {};
    return Error{Fault::config, config::quote_json(text) + " is not a domain name"};
}

Result<> check_listener(const std::string& name, const config::NodeConfig& config)
{
    if (config.find_listener(name) != nullptr) return {};
    std::vector<std::string> names;
    for (const auto& listener : config.listeners) names.push_back(listener.name);
    const auto similar = config::find_similar(name, names);
    return Error{Fault::config, "there is no listener " + config::quote_json(name) +
                                    (names.empty()     ? ": this node has none"
                                     : similar.empty() ? "; there are: " + join(names, ", ")
                                                       : "; did you mean " + similar + '?')};
}

}  // namespace sealpost::cli

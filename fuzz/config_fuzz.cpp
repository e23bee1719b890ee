// room: core/config
//
// The node's configuration: whatever the text, it ends in a configuration or in problems, each of which says where and
// what; a configuration that is taken keeps the promises that its readers rely on.
#include "core/config/node_config.hpp"
#include "core/config/schema.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

void check_problems(const std::vector<config::Problem>& problems)
{
    for (const auto& problem : problems) {
        require(!problem.what.empty() && !problem.file.empty() && problem.line >= 0);
        require(!config::format_problem(problem).empty());
    }
}

void check_listeners(const config::NodeConfig& config)
{
    for (const auto& listener : config.listeners) {
        require(!listener.name.empty() && !listener.addresses.empty());
        require(config.find_listener(listener.name) == &listener);  // so no two have one name
        require(!listener.implicit_tls || !listener.certificates.empty());
        require(listener.users_file.empty() || !listener.certificates.empty());  // passwords inside TLS only
        for (const auto& name : listener.certificates) require(config.find_certificate(name) != nullptr);
    }
}

void check(const config::NodeConfig& config)
{
    require(!config.node.hostname.empty() && config.node.data_dir.is_absolute());
    require(config.node.is_gateway || config.node.is_service);
    check_listeners(config);
    for (const auto& certificate : config.certificates) {
        require(certificate.chain.empty() == certificate.key.empty());
        require(certificate.acme.empty() || config.find_acme(certificate.acme) != nullptr);
    }
    require(config.gateway.service_url.empty() || config.gateway.service_url.starts_with("https://") ||
            config.gateway.service_url.starts_with("HTTPS://"));
    require(config.service.listen.empty() || !config.service.certificates.empty());
    require(config.delivery.first_retry.count() > 0 && config.delivery.longest_retry >= config.delivery.first_retry);
    require(config.limits.max_message_bytes > 0 && config.limits.max_connections > 0);
    check_problems(config::find_weaknesses(config));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto loaded = config::read_config(text, "/etc/sealpost/sealpost.toml");
    require(loaded.config.has_value() == loaded.problems.empty());
    check_problems(loaded.problems);
    if (loaded.config) check(*loaded.config);
    const std::string_view word = text.substr(0, std::min(text.find('\n'), text.size()));
    require(config::parse_size(word).value_or(0) >= 0 && config::parse_duration(word).value_or(0) >= 0);
    (void)config::explain_key(word.substr(0, 100));
    (void)config::find_similar_keys(word.substr(0, 100));
    return 0;
}

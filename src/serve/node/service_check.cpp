#include "serve/node/service_check.hpp"

#include "serve/node/resolver.hpp"
#include "serve/node/trust.hpp"
#include "sys/async/wait.hpp"

namespace sealpost::node {

Result<gateway::ServiceFinding> check_service(const config::NodeConfig& config)
{
    SEALPOST_TRY(auto token, config::load_secret(config.gateway.token_file));
    http::ClientOptions options;
    SEALPOST_TRY(options.trust, load_trust(config, config.tls.outbound, config.gateway.trust));
    SEALPOST_TRY(options.resolver, make_resolver(config.dns));
    const auto client = std::make_shared<http::HttpClient>(std::move(options));
    return async::wait_here(
        gateway::check_service(client, config.gateway.service_url, std::move(token), Deadline::after(service_check_time)));
}

}  // namespace sealpost::node

#include "serve/node/trust.hpp"

#include "core/certificates/trust.hpp"

namespace sealpost::node {

Result<std::shared_ptr<const tls::ClientContext>> load_trust(const config::NodeConfig& config, const std::string& settings,
                                                             const std::vector<std::filesystem::path>& more)
{
    tls::ClientOptions options;
    options.settings = tls::parse_settings(settings).value_or(tls::Settings::intermediate);
    SEALPOST_TRY(options.trust, certificates::read_sources(config));
    SEALPOST_CHECK(certificates::add_authorities(options.trust, more));
    return tls::ClientContext::make(std::move(options));
}

}  // namespace sealpost::node

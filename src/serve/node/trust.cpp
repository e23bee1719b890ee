#include "serve/node/trust.hpp"

#include "sys/files/files.hpp"

namespace sealpost::node {
namespace {

constexpr std::size_t max_pem_bytes = 1024 * 1024;

}  // namespace

Result<std::shared_ptr<const tls::ClientContext>> load_trust(const config::NodeConfig& config, const std::string& settings,
                                                             const std::vector<std::filesystem::path>& more)
{
    tls::ClientOptions options;
    options.settings = tls::parse_settings(settings).value_or(tls::Settings::intermediate);
    options.trust.system = config.tls.trust_system;
    for (const auto* paths : {&config.tls.trust_files, &more}) {
        for (const auto& path : *paths) {
            SEALPOST_TRY(auto pem, files::read_file(path, max_pem_bytes));
            options.trust.pem_texts.push_back(std::move(pem));
        }
    }
    return tls::ClientContext::make(std::move(options));
}

}  // namespace sealpost::node

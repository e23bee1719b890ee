#include "core/certificates/trust.hpp"

#include "sys/files/files.hpp"

namespace sealpost::certificates {

Result<> add_authorities(crypto::TrustStore::Sources& sources, std::span<const std::filesystem::path> paths)
{
    for (const auto& path : paths) {
        SEALPOST_TRY(auto pem, files::read_file(path, max_trust_bytes));
        sources.pem_texts.push_back(std::move(pem));
    }
    return {};
}

Result<crypto::TrustStore::Sources> read_sources(const config::NodeConfig& config)
{
    crypto::TrustStore::Sources sources;
    sources.system = config.tls.trust_system;
    SEALPOST_CHECK(add_authorities(sources, config.tls.trust_files));
    return sources;
}

Result<std::shared_ptr<const crypto::TrustStore>> load_trust(const config::NodeConfig& config)
{
    SEALPOST_TRY(const auto sources, read_sources(config));
    return crypto::TrustStore::make(sources);
}

Result<std::shared_ptr<const crypto::TrustStore>> load_trust(std::span<const std::filesystem::path> paths)
{
    crypto::TrustStore::Sources sources;
    SEALPOST_CHECK(add_authorities(sources, paths));
    return crypto::TrustStore::make(sources);
}

}  // namespace sealpost::certificates

#include "serve/node/signing_keys.hpp"

#include "sys/crypto/x509.hpp"
#include "sys/files/files.hpp"

#include <algorithm>

namespace sealpost::node {

Result<dkim::SigningKey> load_signing_key(const std::string& domain, const std::string& selector,
                                          const std::filesystem::path& file)
{
    SEALPOST_TRY(const auto pem, files::read_secret(file, crypto::max_chain_pem_bytes));
    auto key = dkim::SigningKey::make(domain, selector, pem);
    if (key.has_error()) return key.error().in(file.string());
    return key;
}

std::vector<config::Problem> check_signing_keys(const config::NodeConfig& config, const std::vector<config::Problem>& known)
{
    std::vector<config::Problem> problems;
    const auto check = [&](const std::string& key, const std::string& domain, const std::string& selector, const auto& file) {
        const bool is_told = std::any_of(known.begin(), known.end(), [&](const config::Problem& problem) {
            return problem.key == key && problem.what.find(file.string()) != std::string::npos;
        });
        if (is_told) return;
        if (const auto loaded = load_signing_key(domain, selector, file); loaded.has_error())
            problems.push_back({config.file.string(), 0, key, loaded.error().text,
                                "a private key in PEM that is its owner's alone; sealpost dkim new makes one"});
    };
    for (const auto& entry : config.dkim) check("dkim.key", entry.domain, entry.selector, entry.key);
    if (config.arc) check("arc.key", config.arc->domain, config.arc->selector, config.arc->key);
    return problems;
}

}  // namespace sealpost::node

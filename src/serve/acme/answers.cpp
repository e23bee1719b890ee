#include "serve/acme/answers.hpp"

namespace sealpost::acme {

Result<> Answers::present(const std::string& type, const std::string& name, const std::string& token,
                          const std::string& key_authorization, WallTime now)
{
    if (type == "http-01") {
        const std::lock_guard lock(mutex_);
        key_authorizations_[token] = key_authorization;
        return {};
    }
    SEALPOST_TRY(auto made, make_challenge_certificate(name, key_authorization, now));
    std::vector<crypto::Certificate> chain{std::move(made.certificate)};
    pairs_->present(name, {std::move(chain), std::move(made.key)});
    return {};
}

void Answers::withdraw(const std::string& name, const std::string& token)
{
    pairs_->withdraw(name);
    const std::lock_guard lock(mutex_);
    key_authorizations_.erase(token);
}

std::optional<std::string> Answers::find_key_authorization(const std::string& token) const
{
    const std::lock_guard lock(mutex_);
    const auto found = key_authorizations_.find(token);
    if (found == key_authorizations_.end()) return std::nullopt;
    return found->second;
}

}  // namespace sealpost::acme

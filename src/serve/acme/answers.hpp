#pragma once

#include "serve/acme/failure.hpp"
#include "sys/tls/challenges.hpp"
#include "wire/acme/account_key.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace sealpost::acme {

// What is answered to challenges at the moment. Any thread.
class Answers {
public:
    explicit Answers(std::shared_ptr<tls::ChallengePairs> pairs) : pairs_(std::move(pairs)) {}

    // `type` is "http-01" or "tls-alpn-01". Blocks for the time that a key takes to be made.
    Result<> present(const std::string& type, const std::string& name, const std::string& token,
                     const std::string& key_authorization, WallTime now);
    void withdraw(const std::string& name, const std::string& token);

    [[nodiscard]] std::optional<std::string> find_key_authorization(const std::string& token) const;
    [[nodiscard]] std::shared_ptr<const tls::ChallengePairs> pairs() const { return pairs_; }

private:
    std::shared_ptr<tls::ChallengePairs> pairs_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> key_authorizations_;  // by token, for http-01
};

}  // namespace sealpost::acme

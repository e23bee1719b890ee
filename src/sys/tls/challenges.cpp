#include "sys/tls/challenges.hpp"

#include "base/text.hpp"

namespace sealpost::tls {

void ChallengePairs::present(const std::string& name, KeyPair pair)
{
    const std::lock_guard lock(mutex_);
    pairs_[ascii_lower(name)] = std::make_shared<const KeyPair>(std::move(pair));
}

void ChallengePairs::withdraw(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    pairs_.erase(ascii_lower(name));
}

std::shared_ptr<const KeyPair> ChallengePairs::find(const std::string& name) const
{
    const std::lock_guard lock(mutex_);
    const auto found = pairs_.find(ascii_lower(name));
    return found == pairs_.end() ? nullptr : found->second;
}

}  // namespace sealpost::tls

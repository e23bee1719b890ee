#include "core/keys/kek_chain.hpp"

#include <algorithm>

namespace sealpost::keys {

KekChain::KekChain(std::shared_ptr<KeyWrapper> current, std::vector<std::shared_ptr<KeyWrapper>> former) : all_(std::move(former))
{
    all_.insert(all_.begin(), std::move(current));
}

// The former ones first: a number that a file has is none for a key that introduces itself. They get none any more. One that
// is the key that wraps now would be told of as not needed any more, and destroyed.
Result<std::vector<KnownVersion>> KekChain::recognise(const std::vector<KnownVersion>& known, bool may_introduce)
{
    auto seen = known;
    std::vector<KnownVersion> fresh;
    for (auto each = all_.rbegin(); each != all_.rend(); ++each) {
        const bool is_current = each + 1 == all_.rend();
        SEALPOST_TRY(auto more, (*each)->recognise(seen, may_introduce && is_current));
        seen.insert(seen.end(), more.begin(), more.end());
        std::move(more.begin(), more.end(), std::back_inserter(fresh));
    }
    for (auto each = all_.begin() + 1; each != all_.end(); ++each) {
        if ((*each)->newest() == 0) SEALPOST_CHECK((*each)->recognise(fresh, false));
        if (newest() != 0 && (*each)->newest() == newest())
            return Error{Fault::config, "service.former_keks names the key of service.kek, by other words"};
    }
    return fresh;
}

// All that have a number are asked before a file is read anew for one.
Result<KeyWrapper*> KekChain::find(int version)
{
    for (const auto& each : all_)
        if (each->oldest() <= version && version <= each->newest() && each->need(version).has_value()) return each.get();
    for (const auto& each : all_)
        if (each->need(version).has_value()) return each.get();
    return Error{Fault::config, "version " + std::to_string(version) +
                                    " of the key-encryption key is neither service.kek nor among service.former_keks"};
}

Result<> KekChain::need(int version)
{
    SEALPOST_CHECK(find(version));
    return {};
}

int KekChain::oldest() const
{
    int oldest = 0;
    for (const auto& each : all_)
        if (each->oldest() != 0 && (oldest == 0 || each->oldest() < oldest)) oldest = each->oldest();
    return oldest;
}

Secret KekChain::derive(std::string_view purpose) const
{
    const int first = oldest();
    for (const auto& each : all_)
        if (each->oldest() == first) return each->derive(purpose);
    return {};
}

Result<Wrapped> KekChain::wrap(const Policy& policy, const Secret& identity, std::string_view subject)
{
    return all_.front()->wrap(policy, identity, subject);
}

Result<Unwrapped> KekChain::unwrap(const Policy& policy, const Wrapped& wrapped)
{
    SEALPOST_TRY(auto* holder, find(wrapped.kek_version));
    return holder->unwrap(policy, wrapped);
}

Result<> KekChain::probe()
{
    for (const auto& each : all_) SEALPOST_CHECK(each->probe());
    return {};
}

}  // namespace sealpost::keys

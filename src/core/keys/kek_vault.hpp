#pragma once

#include "core/keys/key_wrapper.hpp"
#include "core/people/vault.hpp"

namespace sealpost::keys {

// The secrets of people's one-time codes, wrapped as the identities of envelopes are (doc/spec/strong-sign-in.md).
class KekVault final : public people::Vault {
public:
    explicit KekVault(std::shared_ptr<KeyWrapper> kek) : kek_(std::move(kek)) {}

    [[nodiscard]] int newest_version() const override { return kek_->newest(); }
    Result<people::WrappedSecret> wrap(std::string_view bound_to, const Secret& secret) override;
    Result<Secret> unwrap(std::string_view bound_to, const people::WrappedSecret& wrapped) override;

private:
    std::shared_ptr<KeyWrapper> kek_;
};

}  // namespace sealpost::keys

#pragma once

#include "core/keys/kek_threads.hpp"
#include "core/keys/key_wrapper.hpp"
#include "core/people/vault.hpp"

namespace sealpost::keys {

// The secrets of persons' and administrators' one-time codes, wrapped as the identities of envelopes are
// (doc/spec/strong-sign-in.md).
class KekVault final : public people::Vault {
public:
    // `ring`: what stands beside what it wraps (people::Vault).
    explicit KekVault(std::shared_ptr<KeyWrapper> kek, std::chrono::milliseconds patience = KekThreads::longest_call,
                      std::string ring = std::string(service_ring))
        : kek_(std::move(kek)), threads_(patience), ring_(std::move(ring))
    {
    }

    [[nodiscard]] int newest_version() const override { return kek_->newest(); }
    [[nodiscard]] std::string ring() const override { return ring_; }
    Task<Result<people::WrappedSecret>> wrap(std::string bound_to, Secret secret) override;
    Task<Result<Secret>> unwrap(std::string bound_to, people::WrappedSecret wrapped) override;

private:
    std::shared_ptr<KeyWrapper> kek_;
    KekThreads threads_;
    std::string ring_;
};

}  // namespace sealpost::keys

#pragma once

#include "core/people/vault.hpp"

#include <functional>
#include <utility>

namespace sealpost::test {

// Wraps nothing, but says under which version it did, and notes when that is not what it was given.
class PlainVault final : public people::Vault {
public:
    [[nodiscard]] int newest_version() const override { return version; }
    [[nodiscard]] std::string ring() const override { return ring_name; }
    Task<Result<people::WrappedSecret>> wrap(std::string bound_to, Secret secret) override
    {
        if (is_away) co_return Error{Fault::retry_later, "the key is away"};
        Bytes sealed = copy_bytes(bound_to + ' ');
        for (const auto octet : secret.reveal()) sealed.push_back(octet ^ 0xff);
        co_return people::WrappedSecret{version, copy_bytes("nonce"), sealed};
    }
    Task<Result<Secret>> unwrap(std::string bound_to, people::WrappedSecret wrapped) override
    {
        if (const auto happens = std::exchange(meanwhile, nullptr)) happens();
        if (is_away) co_return Error{Fault::retry_later, "the key is away"};
        const std::string head = bound_to + ' ';
        if (!as_text(wrapped.sealed).starts_with(head)) co_return Error{Fault::config, "not its own"};
        Bytes secret(wrapped.sealed.begin() + static_cast<std::ptrdiff_t>(head.size()), wrapped.sealed.end());
        for (auto& octet : secret) octet ^= 0xff;
        co_return Secret(std::move(secret));
    }

    int version = 1;
    bool is_away = false;
    std::string ring_name = std::string(service_ring);
    std::function<void()> meanwhile;  // the next time that it opens something, once
};

}  // namespace sealpost::test

#pragma once

#include "core/people/vault.hpp"

namespace sealpost::test {

// Wraps nothing, but says under which version it did, and notes when that is not what it was given.
class PlainVault final : public people::Vault {
public:
    [[nodiscard]] int newest_version() const override { return version; }
    Result<people::WrappedSecret> wrap(std::string_view bound_to, const Secret& secret) override
    {
        Bytes sealed = copy_bytes(std::string(bound_to) + ' ');
        for (const auto octet : secret.reveal()) sealed.push_back(octet ^ 0xff);
        return people::WrappedSecret{version, copy_bytes("nonce"), sealed};
    }
    Result<Secret> unwrap(std::string_view bound_to, const people::WrappedSecret& wrapped) override
    {
        const std::string head = std::string(bound_to) + ' ';
        if (!as_text(wrapped.sealed).starts_with(head)) return Error{Fault::config, "not its own"};
        Bytes secret(wrapped.sealed.begin() + static_cast<std::ptrdiff_t>(head.size()), wrapped.sealed.end());
        for (auto& octet : secret) octet ^= 0xff;
        return Secret(std::move(secret));
    }

    int version = 1;
};

}  // namespace sealpost::test

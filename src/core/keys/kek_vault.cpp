#include "core/keys/kek_vault.hpp"

#include "base/encoding.hpp"

namespace sealpost::keys {
namespace {

// A record of its own: no envelope has such an id.
Policy policy_of(std::string_view bound_to)
{
    Policy policy;
    policy.id = EnvelopeId(std::string(bound_to));
    return policy;
}

// A record holds a line of text. Written here, so that no copy outlives it.
Secret to_hex(const Secret& secret)
{
    constexpr std::string_view digits = "0123456789abcdef";
    Bytes text;
    text.reserve(2 * secret.size());
    for (const auto octet : secret.reveal()) {
        text.push_back(static_cast<std::uint8_t>(digits[octet >> 4U]));
        text.push_back(static_cast<std::uint8_t>(digits[octet & 15U]));
    }
    return Secret(std::move(text));
}

}  // namespace

Result<people::WrappedSecret> KekVault::wrap(std::string_view bound_to, const Secret& secret)
{
    SEALPOST_TRY(auto wrapped, kek_->wrap(policy_of(bound_to), to_hex(secret), ""));
    return people::WrappedSecret{wrapped.kek_version, std::move(wrapped.nonce), std::move(wrapped.sealed)};
}

Result<Secret> KekVault::unwrap(std::string_view bound_to, const people::WrappedSecret& wrapped)
{
    auto opened = kek_->unwrap(policy_of(bound_to), {wrapped.key_version, wrapped.nonce, wrapped.sealed});
    if (!opened) return opened.error().in("the one-time codes of " + std::string(bound_to));
    SEALPOST_TRY(auto secret, parse_hex(opened->identity.reveal_text()));
    return Secret(std::move(secret));
}

}  // namespace sealpost::keys

#include "core/keys/kek_vault.hpp"

#include "base/encoding.hpp"

namespace sealpost::keys {
namespace {

// A record of its own: no envelope has such an id.
Policy policy_of(const std::string& bound_to)
{
    Policy policy;
    policy.id = EnvelopeId(bound_to);
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

Result<people::WrappedSecret> wrap_hex(KeyWrapper& kek, const std::string& bound_to, const Secret& secret)
{
    SEALPOST_TRY(auto wrapped, kek.wrap(policy_of(bound_to), to_hex(secret), ""));
    return people::WrappedSecret{wrapped.kek_version, std::move(wrapped.nonce), std::move(wrapped.sealed)};
}

Result<Secret> unwrap_hex(KeyWrapper& kek, const std::string& bound_to, const people::WrappedSecret& wrapped)
{
    auto opened = kek.unwrap(policy_of(bound_to), {wrapped.key_version, wrapped.nonce, wrapped.sealed});
    if (!opened) return opened.error().in("the one-time codes of " + bound_to);
    SEALPOST_TRY(auto secret, parse_hex(opened->identity.reveal_text()));
    return Secret(std::move(secret));
}

}  // namespace

Task<Result<people::WrappedSecret>> KekVault::wrap(std::string bound_to, Secret secret)
{
    auto work = [kek = kek_, bound_to = std::move(bound_to), secret = std::move(secret)] {
        return wrap_hex(*kek, bound_to, secret);
    };
    return threads_.run(std::move(work));
}

Task<Result<Secret>> KekVault::unwrap(std::string bound_to, people::WrappedSecret wrapped)
{
    auto work = [kek = kek_, bound_to = std::move(bound_to), wrapped = std::move(wrapped)] {
        return unwrap_hex(*kek, bound_to, wrapped);
    };
    return threads_.run(std::move(work));
}

}  // namespace sealpost::keys

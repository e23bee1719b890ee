#include "wire/seal/identity.hpp"

#include "base/text.hpp"
#include "sys/crypto/x25519.hpp"
#include "wire/seal/bech32.hpp"

#include <optional>

namespace sealpost::seal {
namespace {

constexpr std::string_view secret_prefix = "age-secret-key-";
constexpr std::string_view public_prefix = "age";
constexpr std::size_t max_key_file = 64 * 1024;

}  // namespace

Result<Identity> Identity::parse(std::string_view text)
{
    const Error bad{Fault::peer_broke_it, "not an age identity (AGE-SECRET-KEY-1…)"};
    // age.md: the identity is written in upper case, and only so is it taken.
    if (!text.starts_with("AGE-SECRET-KEY-1")) return bad;
    auto scalar = decode_bech32(secret_prefix, text);
    if (scalar.has_error() || scalar->size() != crypto::x25519::key_bytes) return bad;
    return Identity(std::move(*scalar));
}

Result<Identity> Identity::parse_file(std::string_view text)
{
    if (text.size() > max_key_file) return Error{Fault::peer_broke_it, "the key file is too large"};
    std::optional<Identity> found;
    for (std::string_view line : split(text, '\n')) {
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        if (found) return Error{Fault::peer_broke_it, "the key file holds more than one identity"};
        SEALPOST_TRY(Identity identity, parse(line));
        found.emplace(std::move(identity));
    }
    if (!found) return Error{Fault::peer_broke_it, "the key file holds no identity"};
    return std::move(*found);
}

Secret Identity::text() const
{
    const Secret lower = encode_bech32(secret_prefix, scalar_.reveal());
    Bytes upper(lower.reveal().begin(), lower.reveal().end());
    for (auto& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<std::uint8_t>(c - 'a' + 'A');
    return Secret(std::move(upper));
}

std::string Identity::recipient() const
{
    const Secret text = encode_bech32(public_prefix, crypto::x25519::public_of(scalar_).value());
    return std::string(text.reveal_text());
}

Identity make_identity() { return Identity(crypto::x25519::make_private()); }

}  // namespace sealpost::seal

#include "wire/seal/sealer.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/random.hpp"
#include "wire/seal/age_format.hpp"
#include "wire/seal/bech32.hpp"

#include <algorithm>
#include <utility>

namespace sealpost::seal {
namespace {

std::string make_header(const crypto::x25519::PublicKey& recipient, const Secret& file_key)
{
    const Secret ephemeral = crypto::x25519::make_private();
    const auto share = crypto::x25519::public_of(ephemeral).value();
    const Secret shared = crypto::x25519::agree(ephemeral, recipient).value();
    const Bytes body =
        crypto::chacha20poly1305_seal(wrap_key(shared, share, recipient).reveal(), AeadNonce{}, {}, file_key.reveal());
    std::string header(version_line);
    header += stanza_start;
    header += format_base64_unpadded(share) + "\n" + format_base64_unpadded(body) + "\n";
    header += mac_start;
    const auto mac = header_mac(file_key, header);
    return header + " " + format_base64_unpadded(mac) + "\n";
}

}  // namespace

Result<Sealer> Sealer::make(std::string_view recipient)
{
    const Error bad{Fault::peer_broke_it, "not an age recipient (age1…)"};
    if (!recipient.starts_with("age1")) return bad;
    const auto octets = decode_bech32("age", recipient);
    if (octets.has_error() || octets->size() != crypto::x25519::key_bytes) return bad;
    crypto::x25519::PublicKey key{};
    std::ranges::copy(octets->reveal(), key.begin());
    // A recipient of low order would make sealing a broken promise further down; it is refused here.
    if (crypto::x25519::agree(crypto::x25519::make_private(), key).has_error()) return bad;
    return Sealer(key);
}

Sealer::Sealer(const Identity& identity) : Sealer(crypto::x25519::public_of(identity.scalar()).value()) {}

Sealer::Sealer(const std::array<std::uint8_t, 32>& recipient_key)
{
    held_.reserve(chunk_bytes);
    const Secret file_key = crypto::random_secret(file_key_bytes);
    pending_head_ = make_header(recipient_key, file_key);
    const Bytes nonce = crypto::random_bytes(payload_nonce_bytes);
    pending_head_ += as_text(nonce);
    payload_key_ = payload_key(file_key, nonce);
}

void Sealer::seal_chunk(std::string& out, bool last)
{
    const Bytes sealed = crypto::chacha20poly1305_seal(payload_key_.reveal(), chunk_nonce(chunk_++, last), {}, as_bytes(held_));
    out += as_text(sealed);
    held_.clear();
}

std::string Sealer::append(std::string_view text)
{
    std::string out = std::exchange(pending_head_, {});
    while (!text.empty()) {
        // A full chunk waits for more, since it may be the last one.
        if (held_.size() == chunk_bytes) seal_chunk(out, false);
        const std::size_t count = std::min(chunk_bytes - held_.size(), text.size());
        held_ += text.substr(0, count);
        text.remove_prefix(count);
    }
    return out;
}

std::string Sealer::finish()
{
    std::string out = std::exchange(pending_head_, {});
    seal_chunk(out, true);
    return out;
}

}  // namespace sealpost::seal

#include "sys/crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <algorithm>
#include <stdexcept>

namespace sealpost::crypto {
namespace {

void expect(bool happened, const char* what)
{
    if (!happened) throw std::runtime_error(what);
}

void expand(const Digest256& pseudo_random_key, ByteView info, Bytes& out)
{
    Bytes input;
    input.reserve(sizeof(Digest256) + info.size() + 1);
    Secret block;  // T(i), wiped when the next one takes its place
    std::size_t at = 0;
    for (std::uint8_t counter = 1; at < out.size(); ++counter) {
        input.assign(block.reveal().begin(), block.reveal().end());
        input.insert(input.end(), info.begin(), info.end());
        input.push_back(counter);
        Digest256 next = hmac_sha256(pseudo_random_key, input);
        const std::size_t count = std::min(out.size() - at, next.size());
        std::copy_n(next.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(at));
        at += count;
        block = Secret::copy_of(next);
        OPENSSL_cleanse(next.data(), next.size());
    }
    OPENSSL_cleanse(input.data(), input.size());
}

}  // namespace

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>())
{
    expect(state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1, "SHA-256 failed");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView piece)
{
    expect(EVP_DigestUpdate(state_->context, piece.data(), piece.size()) == 1, "SHA-256 failed");
}

Digest256 Sha256::finish()
{
    Digest256 digest{};
    expect(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1, "SHA-256 failed");
    return digest;
}

Digest256 sha256(ByteView bytes)
{
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

Digest512 sha512(ByteView bytes)
{
    Digest512 digest{};
    expect(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha512(), nullptr) == 1, "SHA-512 failed");
    return digest;
}

Digest256 hmac_sha256(ByteView key, ByteView text)
{
    expect(key.size() <= static_cast<std::size_t>(INT32_MAX), "HMAC key too long");
    static constexpr std::uint8_t nothing = 0;  // OpenSSL takes no null key
    const std::uint8_t* key_data = key.empty() ? &nothing : key.data();
    Digest256 digest{};
    unsigned length = 0;
    expect(
        HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), text.data(), text.size(), digest.data(), &length) != nullptr &&
            length == digest.size(),
        "HMAC failed");
    return digest;
}

Secret hkdf_sha256(ByteView key_material, ByteView salt, ByteView info, std::size_t count)
{
    // RFC 5869 §2.3: "length of output keying material in octets (<= 255*HashLen)".
    expect(count <= 255 * sizeof(Digest256), "HKDF output too long");
    Digest256 pseudo_random_key = hmac_sha256(salt, key_material);
    Bytes out(count);
    expand(pseudo_random_key, info, out);
    OPENSSL_cleanse(pseudo_random_key.data(), pseudo_random_key.size());
    return Secret(std::move(out));
}

bool equal_in_constant_time(ByteView a, ByteView b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sealpost::crypto

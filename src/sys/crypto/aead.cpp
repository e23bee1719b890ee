#include "sys/crypto/aead.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <climits>
#include <memory>
#include <stdexcept>

namespace sealpost::crypto {
namespace {

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

void expect(bool happened)
{
    if (!happened) throw std::runtime_error("AEAD failed");
}

int size_of(ByteView bytes)
{
    expect(bytes.size() <= INT_MAX - 64);
    return static_cast<int>(bytes.size());
}

// Key, nonce and tag sizes are pinned here, before OpenSSL sees any of them.
Context begin(const EVP_CIPHER* cipher, ByteView key, ByteView nonce, ByteView aad, bool sealing)
{
    expect(key.size() == aead_key_bytes && nonce.size() == aead_nonce_bytes);
    Context context(EVP_CIPHER_CTX_new());
    expect(context != nullptr);
    expect(EVP_CipherInit_ex(context.get(), cipher, nullptr, nullptr, nullptr, sealing) == 1);
    expect(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, aead_nonce_bytes, nullptr) == 1);
    expect(EVP_CipherInit_ex(context.get(), nullptr, nullptr, key.data(), nonce.data(), sealing) == 1);
    int written = 0;
    if (!aad.empty()) expect(EVP_CipherUpdate(context.get(), nullptr, &written, aad.data(), size_of(aad)) == 1);
    return context;
}

Bytes seal(const EVP_CIPHER* cipher, ByteView key, ByteView nonce, ByteView aad, ByteView text)
{
    const Context context = begin(cipher, key, nonce, aad, true);
    Bytes out(text.size() + aead_tag_bytes);
    int written = 0;
    if (!text.empty()) expect(EVP_CipherUpdate(context.get(), out.data(), &written, text.data(), size_of(text)) == 1);
    int final_bytes = 0;
    expect(EVP_CipherFinal_ex(context.get(), out.data() + written, &final_bytes) == 1);
    expect(static_cast<std::size_t>(written) + static_cast<std::size_t>(final_bytes) == text.size());
    expect(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, aead_tag_bytes, out.data() + text.size()) == 1);
    return out;
}

Result<Bytes> open(const EVP_CIPHER* cipher, ByteView key, ByteView nonce, ByteView aad, ByteView sealed)
{
    if (sealed.size() < aead_tag_bytes) return Error{Fault::denied, "sealed text is shorter than its tag"};
    const ByteView text = sealed.first(sealed.size() - aead_tag_bytes);
    Bytes tag(sealed.end() - aead_tag_bytes, sealed.end());
    const Context context = begin(cipher, key, nonce, aad, false);
    Bytes out(text.size());
    int written = 0;
    if (!text.empty()) expect(EVP_CipherUpdate(context.get(), out.data(), &written, text.data(), size_of(text)) == 1);
    expect(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_bytes, tag.data()) == 1);
    std::uint8_t nothing[aead_tag_bytes];
    int final_bytes = 0;
    if (EVP_CipherFinal_ex(context.get(), nothing, &final_bytes) == 1) return out;
    OPENSSL_cleanse(out.data(), out.size());
    return Error{Fault::denied, "the tag does not verify"};
}

}  // namespace

Bytes chacha20poly1305_seal(ByteView key, ByteView nonce, ByteView aad, ByteView text)
{
    return seal(EVP_chacha20_poly1305(), key, nonce, aad, text);
}

Bytes aes256gcm_seal(ByteView key, ByteView nonce, ByteView aad, ByteView text)
{
    return seal(EVP_aes_256_gcm(), key, nonce, aad, text);
}

Result<Bytes> chacha20poly1305_open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed)
{
    return open(EVP_chacha20_poly1305(), key, nonce, aad, sealed);
}

Result<Bytes> aes256gcm_open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed)
{
    return open(EVP_aes_256_gcm(), key, nonce, aad, sealed);
}

}  // namespace sealpost::crypto

// Inside sys/crypto: how the readers of certificate material collect what they find, and refuse.
#pragma once

#include "sys/crypto/material.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <algorithm>
#include <cstring>

namespace sealpost::crypto::detail {

using Pkcs7Handle = std::unique_ptr<PKCS7, Freer<PKCS7_free>>;
using SignatureBoxHandle = std::unique_ptr<X509_SIG, Freer<X509_SIG_free>>;  // an encrypted PKCS#8 key
using PlainKeyHandle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<PKCS8_PRIV_KEY_INFO_free>>;

inline MaterialError refuse(MaterialProblem problem, std::string text)
{
    MaterialError error;
    error.fault = Fault::config;
    error.text = std::move(text);
    error.problem = problem;
    return error;
}

// OpenSSL's question for the password of a key; it never reaches a terminal.
struct PasswordQuestion {
    const Secret* password = nullptr;
    bool asked = false;

    static int answer(char* into, int size, int, void* question)
    {
        auto& self = *static_cast<PasswordQuestion*>(question);
        self.asked = true;
        if (self.password == nullptr || self.password->size() > static_cast<std::size_t>(size)) return -1;
        const ByteView octets = self.password->reveal();
        std::copy(octets.begin(), octets.end(), into);
        return static_cast<int>(octets.size());
    }
};

class MaterialCollector {
public:
    explicit MaterialCollector(DerivationBudget& budget) : budget_(budget) {}

    MaterialResult<void> add(const Certificate& certificate);
    MaterialResult<void> add(EVP_PKEY* key);
    MaterialResult<void> add_all(const PKCS7* bundle);
    MaterialResult<void> add_encrypted_key(const X509_SIG* box, std::optional<std::string_view> password);

    [[nodiscard]] std::size_t count() const { return material_.certificates.size(); }
    [[nodiscard]] Material take() { return std::move(material_); }

    // Whether a key may be derived in so many rounds; they are spent then. Absent: nobody knows how many.
    [[nodiscard]] bool spend(std::optional<std::uint64_t> rounds);

private:
    Material material_;
    DerivationBudget& budget_;
};

// How often the password is hashed to make a key of it. Absent when that cannot be told, and with scrypt above
// max_scrypt_cost.
[[nodiscard]] std::optional<std::uint64_t> count_rounds(const X509_ALGOR* algorithm);
inline constexpr std::uint64_t max_scrypt_cost = 1U << 22U;  // N·r·p: 128 octets each to write, and as many to read

// Ciphers that OpenSSL has put aside and old PKCS#12 files use; null where they are not installed.
[[nodiscard]] OSSL_LIB_CTX* legacy_library();

inline std::optional<std::string_view> text_of(const Secret* password)
{
    return password == nullptr ? std::nullopt : std::optional(password->reveal_text());
}

[[nodiscard]] bool is_pkcs12(ByteView bytes);
[[nodiscard]] MaterialResult<void> read_pkcs12(MaterialCollector& into, ByteView bytes, const Secret* password);

}  // namespace sealpost::crypto::detail

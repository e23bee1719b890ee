// Inside sys/crypto's x509 files: OpenSSL handles that free themselves, and its last error as text.
#pragma once

#include "sys/crypto/x509_check.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace sealpost::crypto::detail {

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* handle) const
    {
        Free(handle);
    }
};

using BioHandle = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using KeyContextHandle = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using X509Handle = std::unique_ptr<X509, Freer<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, Freer<X509_REQ_free>>;
using NameHandle = std::unique_ptr<X509_NAME, Freer<X509_NAME_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using GeneralNamesHandle = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;

// The certificates themselves belong to the caller.
struct StackFreer {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackHandle = std::unique_ptr<STACK_OF(X509), StackFreer>;

// The certificates of a PEM file, in their order; Fault::config for none, for more than `most`, and for a damaged one.
[[nodiscard]] Result<std::vector<Certificate>> read_certificates(std::string_view pem, std::size_t most);

inline StackHandle stack_of(std::span<const Certificate> certificates)
{
    StackHandle stack(sk_X509_new_null());
    for (const Certificate& certificate : certificates) sk_X509_push(stack.get(), certificate.handle());
    return stack;
}

// 112 bits of strength: RSA from 2048, EC from 224, no SHA-1, no MD5.
inline constexpr int strength_level = 2;

// How many authorities may stand between a leaf and where trust starts: each costs a signature. Real ones are two or three.
inline constexpr int most_authorities = 10;

// Everything that is to live as long as the check belongs to the caller.
inline StoreContextHandle prepare_check(X509_STORE* trust, const Certificate& leaf, STACK_OF(X509) * sent, ChainUse use,
                                        WallTime now)
{
    StoreContextHandle context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), trust, leaf.handle(), sent);
    X509_STORE_CTX_set_default(context.get(), use == ChainUse::server ? "ssl_server" : "ssl_client");
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_depth(parameters, most_authorities);
    X509_VERIFY_PARAM_set_auth_level(parameters, strength_level);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
    return context;
}

// A certificate whose key costs more to verify with than any in use does (key_cost.hpp): such a chain is refused unchecked.
[[nodiscard]] std::optional<Certificate> find_costly_key(std::span<const Certificate> chain);

inline BioHandle read_memory(std::string_view text)
{
    return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

inline std::string take_text(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

// The last error of this thread's OpenSSL queue, which is emptied.
inline std::string last_error()
{
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "unknown error" : reason;
}

}  // namespace sealpost::crypto::detail

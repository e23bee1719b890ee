// Inside sys/crypto's x509 files: OpenSSL handles that free themselves, and its last error as text.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
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
using KeyContextHandle = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using X509Handle = std::unique_ptr<X509, Freer<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, Freer<X509_REQ_free>>;
using NameHandle = std::unique_ptr<X509_NAME, Freer<X509_NAME_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using GeneralNamesHandle = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

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

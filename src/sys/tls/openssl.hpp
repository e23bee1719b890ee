// Inside sys/tls: OpenSSL handles and errors.
#pragma once

#include "base/result.hpp"
#include "sys/tls/context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

namespace sealpost::tls {

struct SslFreer {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslHandle = std::unique_ptr<SSL, SslFreer>;
using SslContextHandle = std::unique_ptr<SSL_CTX, SslFreer>;

// The reason of the last error of this thread's queue, which is emptied.
[[nodiscard]] std::string take_error();

[[nodiscard]] int openssl_version(Version version);

}  // namespace sealpost::tls

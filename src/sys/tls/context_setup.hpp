// Inside sys/tls: what server and client contexts have in common.
#pragma once

#include "sys/tls/openssl.hpp"
#include "sys/tls/settings.hpp"

namespace sealpost::tls {

struct Setup {
    const SettingsTerms& terms;
    std::string ciphers;  // TLS 1.2
    Version least;
    Version most;
    int security_level;  // at 0 every cipher, group and signature of OpenSSL is taken: tests play bad peers
};

[[nodiscard]] Result<SslContextHandle> make_context(const SSL_METHOD* method, const Setup& setup);

// Several pairs may be used, of one key type each.
[[nodiscard]] Result<> use_pair(SSL_CTX* context, const KeyPair& pair);

}  // namespace sealpost::tls

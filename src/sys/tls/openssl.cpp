#include "sys/tls/openssl.hpp"

namespace sealpost::tls {

std::string take_error()
{
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "unknown TLS error" : reason;
}

int openssl_version(Version version)
{
    switch (version) {
        case Version::tls1_0: return TLS1_VERSION;
        case Version::tls1_1: return TLS1_1_VERSION;
        case Version::tls1_2: return TLS1_2_VERSION;
        case Version::tls1_3: return TLS1_3_VERSION;
    }
    return TLS1_2_VERSION;
}

}  // namespace sealpost::tls

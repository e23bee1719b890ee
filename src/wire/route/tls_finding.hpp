#pragma once

#include "sys/tls/stream.hpp"
#include "wire/route/tls_verdict.hpp"

namespace sealpost::route {

struct TlsFinding {
    TlsVerdict verdict = TlsVerdict::handshake_failed;
    std::string detail;                  // one line naming the certificate, name or date at fault
    std::optional<std::size_t> at = {};  // which certificate that is, as in ChainCheck
};

// The verdict on a completed handshake with a mail host: chain first, then its strength and dates,
// then the name.
[[nodiscard]] TlsFinding classify(const tls::PeerProof& proof);

}  // namespace sealpost::route

#pragma once

#include "sys/net/stream.hpp"
#include "sys/tls/context.hpp"
#include "wire/route/tls_finding.hpp"

namespace sealpost::tlstest {

struct ProbeOrder {
    std::string host;  // the name that the certificate must bear
    Endpoint at;
    std::string helo_name;
    std::optional<IpAddress> from;
    std::shared_ptr<const tls::ClientContext> context;
    // Takes any protocol and strength: only to name what a host that fails the other one offers.
    std::shared_ptr<const tls::ClientContext> lenient;
};

struct ProbeResult {
    route::TlsFinding finding;
    std::optional<tls::PeerProof> proof;  // when a handshake completed
    std::string note;                     // what else went wrong after the handshake
    // After a handshake all was well, or this is why the host takes no mail whatever its certificate proves.
    std::optional<route::TlsFinding> after = {};
    bool was_asked = true;    // false: it could not be, by a fault of our own
    bool by_lenient = false;  // `proof` is of a handshake that no sender worth the name completes
};

// One SMTP dialogue with one address: greeting, EHLO, STARTTLS, EHLO, QUIT.
Task<ProbeResult> probe_host(ProbeOrder order, Deadline deadline);

}  // namespace sealpost::tlstest

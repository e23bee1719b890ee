#pragma once

#include "sys/dns/resolver.hpp"

#include <string>

namespace sealpost::gateway {

// Envelope sender DNS verification: whether mail to a domain could go anywhere.
enum class SenderDomain {
    exists,       // it has an MX, A or AAAA record
    nonexistent,  // it has none of them, or a null MX (RFC 7505 §4.2)
    unresolved,   // DNS could not be asked
};
Task<SenderDomain> check_sender_domain(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::gateway

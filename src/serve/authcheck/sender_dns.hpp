#pragma once

#include "core/policy/ruling.hpp"
#include "sys/dns/resolver.hpp"

#include <string>

namespace sealpost::authcheck {

// Envelope sender DNS verification: whether mail to a domain could go anywhere. Never `not_asked`.
Task<policy::SenderDomain> check_sender_domain(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::authcheck

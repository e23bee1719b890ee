#pragma once

#include "serve/courier/ledger.hpp"
#include "sys/dns/resolver.hpp"

#include <random>

namespace sealpost::courier {

// The hosts to try, in order; or none, and what that means for every recipient. Of courier only.
struct Plan {
    std::vector<Hop> hops;
    RecipientResult::Kind kind = RecipientResult::Kind::deferred;
    smtp::Reply reply;  // when there are no hops
};

// A route is followed as it stands; otherwise the MX hosts of the domain. Equal priorities are
// shuffled (RFC 5321 §5.1).
Task<Plan> make_plan(dns::Resolver& resolver, std::string domain, std::vector<Hop> route, std::uint16_t mx_port,
                     std::mt19937& chance, Deadline deadline);

// Sorts the addresses of a host as the family wants it, and drops those that it does not take.
void choose_family(std::vector<IpAddress>& addresses, AddressFamily family);

}  // namespace sealpost::courier

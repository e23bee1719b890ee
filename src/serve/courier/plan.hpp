#pragma once

#include "serve/courier/ledger.hpp"
#include "sys/dns/resolver.hpp"

#include <random>
#include <unordered_map>

namespace sealpost::courier {

// The hosts to try, in order; or none, and what that means for every recipient. Of courier only.
struct Plan {
    std::vector<Hop> hops;
    RecipientResult::Kind kind = RecipientResult::Kind::deferred;
    smtp::Reply reply;  // when there are no hops
};

// Whose turn it is among the hosts of equal priority of each route: the first order begins with the first of
// them, the next one with the second. Bounded: it forgets all when there are too many routes.
class Turns {
public:
    static constexpr std::size_t max_groups = 100'000;
    void put_in_turn(std::vector<Hop>& hops);  // which stand by priority

private:
    std::unordered_map<std::string, std::size_t> next_;  // by the hosts of a group
};

// A route is followed as it stands, equal priorities in turn; otherwise the MX hosts of the domain, equal
// preferences shuffled (RFC 5321 §5.1).
Task<Plan> make_plan(dns::Resolver& resolver, std::string domain, std::vector<Hop> route, std::uint16_t mx_port,
                     std::mt19937& chance, Turns& turns, Deadline deadline);

// A hop that is a mail domain becomes its MX hosts, with its login; or none, and why.
Task<Plan> expand_hop(dns::Resolver& resolver, Hop hop, std::uint16_t mx_port, std::mt19937& chance, Deadline deadline);

// Sorts the addresses of a host as the family wants it, and drops those that it does not take.
void choose_family(std::vector<IpAddress>& addresses, AddressFamily family);

}  // namespace sealpost::courier

#pragma once

#include "serve/spfadvice/survey.hpp"
#include "wire/spf/evaluator.hpp"

namespace sealpost::spfadvice {

// An address that both records are asked about.
struct Probe {
    IpAddress ip;
    std::string why;  // the term it comes from; empty: chosen at random
};

// The first and last address of every network in the trees and one outside at either end, what
// `senders` names, and some at random, the same ones for the same domain. At most max_probes.
inline constexpr std::size_t max_probes = 1500;
[[nodiscard]] std::vector<Probe> make_probes(const std::vector<const Node*>& trees, const std::vector<IpAddress>& senders,
                                             std::string_view domain);

struct Change {
    Probe probe;
    spf::Verdict before = spf::Verdict::none;
    spf::Verdict after = spf::Verdict::none;
    bool by_include = false;  // the include authorises this address
};

// A probe's verdicts with the record as it is, with the one offered, and the include's own.
[[nodiscard]] bool is_no_worse(spf::Verdict before, spf::Verdict after, bool by_include);

struct Proof {
    std::size_t probes = 0;
    std::size_t include_probes = 0;  // those that the include authorises
    std::vector<Change> changed;
    std::vector<Change> worse;  // not empty: the record is not offered
    // IPv6 addresses that nothing lists, before or after, and that now meet the limit of void lookups
    // because hosts on the way have no AAAA record: permerror instead of fail. Counted, and not held
    // against the record (decision 0020).
    std::size_t at_void_limit = 0;
    bool could_not_tell = false;
    [[nodiscard]] bool holds() const { return worse.empty() && !could_not_tell; }
};

struct Claim {
    std::string domain;
    std::string include;
    std::string record;  // that would be published
    std::vector<Probe> probes;
    bool by_sender = false;  // macros look at the sender: asked for two of them
};

// Evaluates the domain as `resolver` shows it, and again with the record of the claim in its place.
Task<Proof> prove(dns::Resolver& resolver, Claim claim, Deadline deadline);

// What an address that nothing authorises costs, limits put aside (RFC 7208 §4.6.4).
struct Costs {
    unsigned lookups = 0;
    unsigned void_lookups = 0;       // for an IPv4 address
    unsigned void_lookups_ipv6 = 0;  // more, where hosts have no AAAA record
};
Task<Costs> measure(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::spfadvice

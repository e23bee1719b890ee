#pragma once

#include "serve/spfadvice/survey.hpp"
#include "wire/spf/evaluator.hpp"

namespace sealpost::spfadvice {

// An address that both records are asked about.
struct Probe {
    IpAddress ip;
    std::string why;  // the term it comes from; empty: chosen at random
};

// What `senders` names; the first and last address of every network in the trees and one outside at
// either end; and some at random, the same ones for the same domain. First those of terms in `before`
// that `after` has not: what is left out or rewritten does harm there. At most max_probes; where the
// record makes every address a question of its own to DNS (macros, ptr), at most max_costly_probes.
inline constexpr std::size_t max_probes = 1500;
inline constexpr std::size_t max_costly_probes = 600;
// Where only the include asks so: name servers limit how many answers one asker has in a second.
inline constexpr std::size_t max_probes_of_include = 800;
struct Probes {
    std::vector<Probe> list;
    bool was_cut = false;  // there would have been more
};
struct Trees {
    const Node& before;  // the domain's record now
    const Node& after;   // the one to be offered
    const Node& include;
};
[[nodiscard]] Probes make_probes(const Trees& trees, const std::vector<IpAddress>& senders, std::string_view domain);

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
    std::size_t changed_by_include = 0;
    std::vector<Change> changed;
    std::vector<Change> worse;  // not empty: the record is not offered
    // IPv6 addresses that nothing lists, before or after, and that now meet the limit of void lookups
    // because hosts on the way have no AAAA record: permerror instead of fail. Counted, and not held
    // against the record (decision 0020).
    std::size_t at_void_limit = 0;
    bool could_not_tell = false;
    bool out_of_time = false;
    bool was_cut = false;   // not every network was asked about,
    bool only_adds = true;  // which is enough for a record that gained the include and lost nothing
    [[nodiscard]] bool holds() const { return worse.empty() && !could_not_tell && (!was_cut || only_adds); }
};

struct Claim {
    std::string domain;
    std::string include;
    std::string record;  // that would be published
    Probes probes;
    bool by_sender = false;  // macros look at the sender: asked for two of them
    bool only_adds = true;   // the record is the one before and the include
    bool plus_all = false;   // the record before says that everybody passes
};

// Evaluates the domain as `resolver` shows it, and again with the record of the claim in its place.
Task<Proof> prove(dns::Resolver& resolver, Claim claim, Deadline deadline);

// Does the record say fail to an IPv6 address that nothing authorises, limits put aside?
Task<bool> fails_strangers(dns::Resolver& resolver, std::string domain, Deadline deadline);

// What an address that nothing authorises costs, limits put aside (RFC 7208 §4.6.4).
struct Costs {
    unsigned lookups = 0;
    unsigned void_lookups = 0;       // for an IPv4 address
    unsigned void_lookups_ipv6 = 0;  // more, where hosts have no AAAA record
};
Task<Costs> measure(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::spfadvice

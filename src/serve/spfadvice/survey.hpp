#pragma once

#include "serve/spfadvice/draft.hpp"
#include "sys/dns/resolver.hpp"

namespace sealpost::spfadvice {

// What was found at the end of a term.
enum class Outcome {
    plain,           // nothing was looked up: ip4, ip6, all
    found,           // a record, addresses
    nothing,         // a void lookup: no such name, or no such record there
    without_record,  // include or redirect: no SPF record there
    broken,          // include or redirect: several records, or a fault in the record there
    temporary,       // DNS did not answer
    loop,            // leads back to a record that it stands in
    depends,         // on the message: a macro, or ptr
    unread,          // behind `all`, or a redirect beside it: never evaluated
};
[[nodiscard]] std::string_view format_outcome(Outcome outcome);

// A term of a record with all that it leads to. The root stands for the domain's own record.
struct Node {
    std::string term;  // "include:_spf.example.org"; "v=spf1" at the root
    std::string name;  // what is looked up; empty when nothing is
    Term parsed;
    Outcome outcome = Outcome::plain;
    unsigned lookups = 0;            // that the term costs, with everything inside (RFC 7208 §4.6.4)
    std::string record;              // the SPF record there: root, include, redirect
    std::vector<Network> networks;   // that ip4, ip6, a and mx name now
    std::vector<std::string> hosts;  // whose addresses a and mx took, behind every alias
    std::vector<Node> inside;

    [[nodiscard]] bool any(Outcome what) const;  // this one, or one inside
};

struct Survey {
    Node root;
    std::vector<std::string> records;     // every SPF record of the domain; more than one is permerror
    std::vector<std::string> meant;       // no SPF records, but meant to be
    std::vector<std::size_t> text_sizes;  // of every TXT record at the domain
    dns::Status status = dns::Status::temporary;
    bool is_cut = false;  // beyond the limits below: the tree is not all that a verifier may see
};

inline constexpr std::size_t max_surveyed_terms = 2'000;
// Each probe of a proof is compared with all of them, again and again; one DNS answer may hold 4,000.
inline constexpr std::size_t max_surveyed_addresses = 10'000;

// Follows the record of `domain`, whatever the limits of RFC 7208 say, but no deeper than 12 and no
// longer than 120 names, 2,000 terms and 10,000 addresses of hosts.
Task<Survey> survey(dns::Resolver& resolver, std::string domain, Deadline deadline);

// The same for a record that `domain` does not publish: these terms, each with its node in root.inside
// (none when there are too many of them).
Task<Survey> survey_terms(dns::Resolver& resolver, std::string domain, std::vector<Term> terms, Deadline deadline);

}  // namespace sealpost::spfadvice

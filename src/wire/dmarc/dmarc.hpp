// dmarc: what the domain in From wants done with mail that neither SPF nor DKIM vouches for (RFC 7489):
// records, organisational domains (public suffix list), alignment, the verdict, and aggregate reports
// in and out. Evaluation is pure; only find_record() asks DNS. A failure is an ordinary verdict.
#pragma once

#include "base/result.hpp"
#include "sys/dns/resolver.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dmarc {

enum class Policy { none, quarantine, reject };
[[nodiscard]] std::string_view format_policy(Policy policy);

enum class Alignment { relaxed, strict };

struct ReportAddress {
    std::string address;          // of a mailto: URI, decoded; other schemes are left out
    std::uint64_t max_bytes = 0;  // 0: no limit stated
    friend bool operator==(const ReportAddress&, const ReportAddress&) = default;
};

// RFC 7489 §6.3.
struct Record {
    Policy policy = Policy::none;
    std::optional<Policy> subdomain_policy;  // sp=
    Alignment dkim_alignment = Alignment::relaxed;
    Alignment spf_alignment = Alignment::relaxed;
    unsigned percent = 100;
    std::vector<ReportAddress> aggregate_reports;  // rua=
    std::vector<ReportAddress> failure_reports;    // ruf=
    unsigned report_interval_seconds = 86400;      // ri=
    std::string failure_options = "0";             // fo=
};
// Fault::peer_broke_it says where. Unknown tags are skipped, as the RFC wants.
[[nodiscard]] Result<Record> parse_record(std::string_view text);

// RFC 7489 §3.2, by the public suffix list. A name that is itself a public suffix is its own.
[[nodiscard]] std::string find_organisational_domain(std::string_view domain);

// RFC 7489 §6.6.3.
struct Discovery {
    enum class State { found, none, temporary, broken } state = State::none;
    Record record;       // with found
    std::string domain;  // where the record stands: the author's domain or its organisational one
    std::string text;    // the record as published
    std::string problem;
};
Task<Discovery> find_record(dns::Resolver& resolver, std::string author_domain, Deadline deadline);

// What SPF and DKIM said about the message.
struct Facts {
    std::string author_domain;                   // of the one address in From
    std::optional<std::string> spf_pass_domain;  // MAIL FROM's domain (or HELO's, null reverse-path), when it passed
    std::vector<std::string> dkim_pass_domains;  // d= of every signature that passed
    bool spf_temporary = false;
    bool dkim_temporary = false;
};

enum class Outcome { none, pass, fail, temperror, permerror };  // RFC 7489 §11.2 (as in RFC 8601)
[[nodiscard]] std::string_view format_outcome(Outcome outcome);

struct Verdict {
    Outcome outcome = Outcome::none;
    bool spf_aligned = false;
    bool dkim_aligned = false;
    Policy requested = Policy::none;  // what the domain asks for: p= or sp=
    Policy applied = Policy::none;    // after pct=: with fail, what to do
    bool sampled_out = false;         // pct= spared this message
    std::string domain;               // where the record stands
};
// `draw` is 0..99, chosen at random by the caller: pct=25 applies the policy to draws below 25, and
// the next weaker one to the rest (RFC 7489 §6.6.4).
[[nodiscard]] Verdict evaluate(const Discovery& discovery, const Facts& facts, unsigned draw);

// Whether two domains align (RFC 7489 §3.1).
[[nodiscard]] bool are_aligned(std::string_view author_domain, std::string_view other, Alignment alignment);

}  // namespace sealpost::dmarc

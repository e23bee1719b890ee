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
// Limits of ours on what a stranger publishes.
inline constexpr std::size_t max_record_bytes = 8 * 1024;
inline constexpr std::size_t max_report_addresses = 10;  // of each list; further ones are not kept

// What is wrong with one tag of a record that still counts; the tag's default took its place.
struct TagProblem {
    std::string tag;  // as written; empty when it has no name
    std::string problem;
};

// Fault::peer_broke_it says where. Unknown tags are skipped and bad values give way to the defaults, as
// the RFC wants. A record without a valid p= (or with a bad sp=) is "p=none" when it names a report
// address, and broken otherwise (§6.6.3 step 6).
[[nodiscard]] Result<Record> parse_record(std::string_view text);
[[nodiscard]] Result<Record> parse_record(std::string_view text, std::vector<TagProblem>& problems);

// Whether a text begins as a DMARC record does, be it a sound one or not (§6.6.3 step 2).
[[nodiscard]] bool is_dmarc_record(std::string_view text);

// "mailto:dmarc@acme.test!10m" and further ones behind commas (§6.4). What is no mailto: URI or breaks the
// syntax is left out, and said in `problems` under `tag`.
[[nodiscard]] std::vector<ReportAddress> parse_report_addresses(std::string_view tag, std::string_view value,
                                                                std::vector<TagProblem>& problems);

// RFC 7489 §3.2, by the public suffix list (the newer of libpsl's own and the system's), private suffixes
// included. A name that is itself a public suffix is its own. The answer is lower case, A-labels, no final dot.
[[nodiscard]] std::string find_organisational_domain(std::string_view domain);

// RFC 7489 §6.6.3. Several records at one name are `broken`: "policy discovery terminates and DMARC
// processing is not applied to this message".
struct Discovery {
    // What the organisational domain publishes: a sound record.
    struct Organisation {
        std::string domain;
        Record record;
    };
    enum class State { found, none, temporary, broken } state = State::none;
    Record record;                     // with found
    std::string domain;                // where the record stands: the author's domain or its organisational one
    std::string text;                  // the record as published; with several, one a line
    std::string problem;               // with temporary and broken: why, for people
    std::vector<TagProblem> problems;  // with found: what its owner should mend
    // With temporary of a name below the organisation: what would hold if that name had no record of its own. Whoever
    // forges chooses the name, and may choose one whose name servers fail.
    std::optional<Organisation> organisation;
};
Task<Discovery> find_record(dns::Resolver& resolver, std::string author_domain, Deadline deadline);

// What SPF and DKIM said about the message.
struct Facts {
    std::string author_domain;                   // of the one address in From
    std::optional<std::string> spf_pass_domain;  // MAIL FROM's domain (or HELO's, null reverse-path), when it passed
    std::vector<std::string> dkim_pass_domains;  // d= of every signature that passed
    // Domains that could not be asked for the moment; they count where a pass of them would have aligned.
    std::optional<std::string> spf_temporary_domain;
    std::vector<std::string> dkim_temporary_domains;
};

enum class Outcome { none, pass, fail, temperror, permerror };  // RFC 7489 §11.2 (as in RFC 8601)
[[nodiscard]] std::string_view format_outcome(Outcome outcome);

struct Verdict {
    Outcome outcome = Outcome::none;
    bool spf_aligned = false;
    bool dkim_aligned = false;
    Policy requested = Policy::none;  // what the domain asks for: p= or sp=
    Policy applied = Policy::none;    // after pct=: with fail, what to do
    Policy at_stake = Policy::none;   // after pct=: with temperror, what a failure would get, as far as that is known
    bool sampled_out = false;         // pct= spared this message
    std::string domain;               // where the record stands
};
// `draw` is 0..99, chosen at random by the caller: pct=25 applies the policy to draws below 25, and
// the next weaker one to the rest (RFC 7489 §6.6.4). Neither vouches and one that aligns could not be
// asked: temperror, no policy (§6.6.2). A broken record: permerror, no policy. No answer: temperror, no policy; at
// stake is that of Discovery::organisation, unless what passed aligns by its record.
[[nodiscard]] Verdict evaluate(const Discovery& discovery, const Facts& facts, unsigned draw);

// One author domain, looked up and evaluated.
struct Judgement {
    std::string author_domain;
    Discovery discovery;
    Verdict verdict;
};
// RFC 7489 §6.6.1, of a From that names several domains: "apply the DMARC check using each of those domains
// […] and apply the most strict policy selected among the checks that fail". The answer is that one; without
// a failing check, the first that is not `pass`, and `pass` only when all pass. `author_domains` is not
// empty; facts.author_domain is not looked at. All domains are asked at one time.
Task<Judgement> judge(dns::Resolver& resolver, std::vector<std::string> author_domains, Facts facts, unsigned draw,
                      Deadline deadline);

// Whether two domains align (RFC 7489 §3.1). Nothing aligns with an empty name.
[[nodiscard]] bool are_aligned(std::string_view author_domain, std::string_view other, Alignment alignment);

}  // namespace sealpost::dmarc

#pragma once

#include "base/ip_address.hpp"
#include "core/policy/authentication.hpp"
#include "core/policy/snapshot.hpp"
#include "sys/dns/verify_host.hpp"
#include "wire/authres/received_spf.hpp"
#include "wire/authres/results.hpp"
#include "wire/dkim/verifier.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/spf/evaluator.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sealpost::authcheck {

// Who says that it sends, and from where.
struct Sender {
    IpAddress ip;
    std::string helo;
    std::string mail_from;  // local@domain; empty: the null reverse-path
    std::string iprev;      // RFC 8601 §2.7.3: what PTR and forward lookup said; empty: not looked at
};

// What the names of the host are.
void take_host(policy::ConnectionFacts& facts, const dns::VerifiedHost& host);
// RFC 8601 §2.7.3: the word of iprev= for it.
[[nodiscard]] std::string_view format_iprev(policy::HostState state);

struct SpfReport {
    spf::Report mail_from;            // with the null reverse-path of postmaster@HELO (RFC 7208 §2.4)
    std::optional<spf::Report> helo;  // absent with the null reverse-path, which asks the same
};

struct DmarcReport {
    dmarc::Judgement judgement;
    bool has_bad_from = false;  // no author to ask about: permerror, and not the fault of a record
    std::string problem;        // with has_bad_from: why
    bool has_several_authors = false;
};

// Everything that was found out; what was not looked at is absent.
struct Report {
    Sender sender;
    std::optional<SpfReport> spf;
    std::optional<dkim::MessageReport> message;
    std::optional<DmarcReport> dmarc;
};

// The best of all signatures: one that passes; else one that could not be checked for the moment; else
// one that failed; else one that cannot be understood. One that does not pass, of a domain that only tests, counts for none.
[[nodiscard]] dkim::Verdict find_best(const std::vector<dkim::SignatureReport>& signatures);

// Whether the newest set of a chain that passes says that the message was authentic for its author's
// domain when it came to that sealer: by DMARC, or by SPF or DKIM of an aligned domain.
[[nodiscard]] bool is_vouched_for(const dkim::ChainReport& chain, const std::string& author_domain);

// The domain in From that the message was proven to come from: its DMARC passed, or, where it publishes no record, SPF
// or a signature of an aligned domain. Empty: nothing proves one, or From names several.
[[nodiscard]] std::string find_proven_author(const Report& report);

[[nodiscard]] policy::AuthFacts make_facts(const Report& report);

// `overridden_by`: the trusted sealer for whose sake a DMARC failure does not count; may be empty.
[[nodiscard]] authres::Results make_results(const Report& report, const std::string& authserv_id,
                                            const std::string& overridden_by);
[[nodiscard]] authres::ReceivedSpf make_received_spf(const Report& report, const std::string& receiver);  // of MAIL FROM

}  // namespace sealpost::authcheck

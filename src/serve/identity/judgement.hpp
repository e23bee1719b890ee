// identity: under whose name the service may send what a person wrote. Evidence is what DNS said: SPF
// for each of our sending addresses with the person's domain as MAIL FROM, and that domain's DMARC;
// decide() turns it into a judgement and asks nobody. A judgement is always an answer: whatever is not
// proven means the service's own name, under which mail always passes (doc/decisions/0022).
// Used by replies when one is written and again when it leaves, and by the portal for its advice.
#pragma once

#include "base/ip_address.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/spf/evaluator.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::identity {

enum class SentAs { person, service };
[[nodiscard]] std::string_view format_sent_as(SentAs sent_as);
[[nodiscard]] std::optional<SentAs> parse_sent_as(std::string_view text);

enum class Reason {
    authorised,         // SPF passes for every address we send from, and DMARC is satisfied or absent
    no_send_addresses,  // the configuration names none, so nothing can be proven
    no_domain,          // the address has no domain that could authorise anybody
    spf_missing,        // the domain has no SPF record
    spf_not_pass,       // it has one that does not name us: neutral, softfail, fail
    spf_broken,         // permerror
    spf_unknown,        // temperror: DNS did not answer in time
    dmarc_not_pass,     // neither SPF nor a key of ours satisfies its DMARC policy
    dmarc_unknown,      // its DMARC record could not be asked for
};
[[nodiscard]] std::string_view format_reason(Reason reason);

// SPF for one of our addresses.
struct AddressFinding {
    IpAddress address;
    spf::Verdict verdict = spf::Verdict::none;
    std::string mechanism;  // what decided, as written
    std::string problem;    // for people
};

struct Evidence {
    std::string domain;               // of the person, A-labels; empty: none
    std::vector<AddressFinding> spf;  // one for each sending address
    dmarc::Discovery dmarc;
    std::string signing_domain;  // d= of a DKIM key of ours for this domain or one above it; empty: none
};

struct Judgement {
    SentAs sent_as = SentAs::service;
    Reason reason = Reason::spf_unknown;
    Evidence evidence;
    dmarc::Verdict dmarc;  // what a receiver would say of the message under the person's name
};

[[nodiscard]] Judgement decide(Evidence evidence);

// For tracking and the portal: {"sent_as","reason","domain","spf":[{"address","result","mechanism",
// "problem"}],"dmarc":{"result","domain","policy","record","problem"},"dkim"}. Bounded in size.
[[nodiscard]] boost::json::object to_json(const Judgement& judgement);

}  // namespace sealpost::identity

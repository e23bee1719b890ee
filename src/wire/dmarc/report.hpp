#pragma once

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "wire/dmarc/dmarc.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dmarc {

// An aggregate report (RFC 7489 §7.2 and appendix C). Results and reasons stay the words of the schema, which
// reporters extend as they please; what the numbers hang on is typed.

// Why something else was done than the policy says.
struct Reason {
    std::string type;  // forwarded | sampled_out | trusted_forwarder | mailing_list | local_policy | other
    std::string comment;
    friend bool operator==(const Reason&, const Reason&) = default;
};

struct DkimAuth {
    std::string domain;    // d=
    std::string selector;  // s=; may be empty
    std::string result;    // none | pass | fail | policy | neutral | temperror | permerror
    std::string human_result;
    friend bool operator==(const DkimAuth&, const DkimAuth&) = default;
};

struct SpfAuth {
    std::string domain;
    std::string scope;   // helo | mfrom; may be empty
    std::string result;  // none | neutral | pass | fail | softfail | temperror | permerror
    friend bool operator==(const SpfAuth&, const SpfAuth&) = default;
};

struct ReportRow {
    IpAddress source;
    std::uint64_t count = 0;
    Policy disposition = Policy::none;
    bool dkim_aligned = false;
    bool spf_aligned = false;
    std::vector<Reason> reasons;
    std::string envelope_to;    // domains; may be empty
    std::string envelope_from;  // empty: the null reverse-path, or not told
    std::string header_from;
    std::vector<DkimAuth> dkim;
    std::vector<SpfAuth> spf;
};

// The record as it was applied.
struct PolicyPublished {
    std::string domain;
    Alignment dkim_alignment = Alignment::relaxed;
    Alignment spf_alignment = Alignment::relaxed;
    Policy policy = Policy::none;
    Policy subdomain_policy = Policy::none;
    unsigned percent = 100;
    std::string failure_options;  // may be empty
    friend bool operator==(const PolicyPublished&, const PolicyPublished&) = default;
};
[[nodiscard]] PolicyPublished describe_policy(const Record& record, std::string domain);

struct AggregateReport {
    std::string organisation;
    std::string email;
    std::string contact;  // extra_contact_info; may be empty
    std::string id;
    WallTime begin;  // whole seconds
    WallTime end;
    std::vector<std::string> errors;  // what the reporter says of it, and parse_xml() of records that it left out
    PolicyPublished policy;
    std::vector<ReportRow> rows;
};

// UTF-8 with a declaration; every text is made fit for XML.
[[nodiscard]] std::string format_xml(const AggregateReport& report);

struct ReportLimits {
    std::size_t max_xml_bytes = 16 * 1024 * 1024;
    std::size_t max_tags = 500'000;  // start, end and other tags, before anything is built of them
    int max_depth = 16;
    std::size_t max_rows = 20'000;
    std::size_t max_results = 50;  // of DKIM, SPF and reasons each, in one row; and of errors
    std::size_t max_all_results = 100'000;
    std::size_t max_text_bytes = 2048;
};

// Foreign elements and attributes are passed over, and namespaces do not matter; a missing or unreadable
// element is Fault::peer_broke_it, which names it. One within a record takes away that record alone, and is told in
// `errors`, as long as another one can be read. A document type (and with it every entity of its own) is refused;
// nothing is ever fetched.
[[nodiscard]] Result<AggregateReport> parse_xml(std::string_view xml, const ReportLimits& limits = {});

}  // namespace sealpost::dmarc

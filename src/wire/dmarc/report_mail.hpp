#pragma once

#include "wire/dmarc/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dmarc {

// A report on its way by mail (RFC 7489 §7.2.1.1).
struct ReportMail {
    std::string from;             // a mail address of the submitter
    std::vector<std::string> to;  // verified ones
    std::string submitter;        // the domain that judged: the receiver in the file's name
    std::string organisation;
    std::string policy_domain;
    std::string report_id;  // without angle brackets, "left@right"
    std::string unique;     // letters and digits; tells reports of one period apart; may be empty
    WallTime begin;
    WallTime end;
    WallTime at;  // Date
};

// "mx1.acme.test!example.org!1763942400!1764028800!7.xml.gz"
[[nodiscard]] std::string format_file_name(const ReportMail& mail);

// The whole message; `packed` is what pack() made.
[[nodiscard]] std::string format_report_mail(const ReportMail& mail, std::string_view packed);

struct MailLimits {
    std::size_t max_message_bytes = 32 * 1024 * 1024;
    ReportLimits report;
};

// Whether the mail has a part that claims to be a report, by its type, name or first octets.
struct ReceivedReport {
    enum class State {
        report,  // read
        broken,  // a part that should be one is not: `problem` says why
        none,    // no part looks like one: a mail from a person, perhaps
    } state = State::none;
    AggregateReport report;
    std::string problem;
};
// The first part that can be read counts.
[[nodiscard]] ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits = {});

}  // namespace sealpost::dmarc

#pragma once

#include "wire/tlsrpt/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::tlsrpt {

inline constexpr std::string_view packed_type = "application/tlsrpt+gzip";
inline constexpr std::string_view plain_type = "application/tlsrpt+json";

// A report on its way by mail (RFC 8460 §5.3).
struct ReportMail {
    std::string from;  // a mail address of the submitter
    std::vector<std::string> to;
    std::string submitter;  // our domain name: the sender in the file's name
    std::string organisation;
    std::string policy_domain;
    std::string report_id;  // without angle brackets, "left@right"
    std::string unique;     // letters and digits; tells reports of one day apart; may be empty
    WallTime begin;
    WallTime end;
    WallTime at;  // Date
};

// "mx1.acme.test!partner.test!1763942400!1764028799!7.json.gz" (§5.1).
[[nodiscard]] std::string format_file_name(const ReportMail& mail);

// The whole message; `packed` is what archive::pack() made of the JSON. It asks that what the recipient's side says about
// TLS be passed over on the way (RFC 8689 §3): it may tell of just that.
[[nodiscard]] std::string format_report_mail(const ReportMail& mail, std::string_view packed);

struct MailLimits {
    std::size_t max_message_bytes = 32 * 1024 * 1024;
    ReportLimits report;
};

// Whether the mail has a part that claims to be a report, by its type or name.
struct ReceivedReport {
    enum class State {
        report,  // read
        broken,  // a part that should be one is not: `problem` says why
        none,    // no part looks like one: a mail from a person, perhaps
    } state = State::none;
    Report report;
    std::string problem;
};
// The first part that can be read counts.
[[nodiscard]] ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits = {});

// The same of a file: JSON, packed or not.
[[nodiscard]] Result<Report> read_report(std::string_view octets, const ReportLimits& limits = {});

}  // namespace sealpost::tlsrpt

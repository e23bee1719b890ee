#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::archive {

// A report on its way by mail, of DMARC (RFC 7489 §7.2.1.1) or of TLS (RFC 8460 §5.3).
struct ReportMail {
    std::string from;             // a mail address of the submitter
    std::vector<std::string> to;  // who agreed to hear
    std::string submitter;        // our domain name, in the file's name
    std::string organisation;
    std::string policy_domain;
    std::string report_id;  // without angle brackets, "left@right"
    std::string unique;     // letters and digits; tells reports of one period apart; may be empty
    WallTime begin;
    WallTime end;
    WallTime at;  // Date
};

// In what the mails of the two kinds differ.
struct ReportForm {
    std::string sentence;                // what the report is about, for a person who opens the mail
    std::string_view part_type;          // of the attachment
    std::string_view file_end;           // ".xml.gz"
    std::string_view report_type = {};   // of multipart/report; empty: multipart/mixed
    mail::MimeWriter::Fields more = {};  // fields of the head
};

[[nodiscard]] std::string format_seconds(WallTime time);  // since 1970: "1763942400"
// "mx1.acme.test!example.org!1763942400!1764028800!7.xml.gz"
[[nodiscard]] std::string format_file_name(const ReportMail& mail, std::string_view end);
// The whole message; `packed` is what pack() made.
[[nodiscard]] std::string format_report_mail(const ReportMail& mail, const ReportForm& form, std::string_view packed);

// Whether a mail has a part that claims to be a report.
template <class Report>
struct ReceivedReport {
    enum class State {
        report,  // read
        broken,  // a part that should be one is not: `problem` says why
        none,    // no part looks like one: a mail from a person, perhaps
    } state = State::none;
    Report report;
    std::string problem;
};

// The first part counts that looks like a report and can be read: `read(part)` answers a Result<Report>. Each part may be
// much larger when it is unpacked, so no more are tried than a sender could have meant.
inline constexpr int most_reports_tried = 3;
template <class Report, class Looks, class Read>
[[nodiscard]] ReceivedReport<Report> find_report(std::string_view message, std::size_t max_message_bytes, Looks looks_like_report,
                                                 Read read)
{
    using State = typename ReceivedReport<Report>::State;
    ReceivedReport<Report> received;
    mail::PartLimits limits;
    limits.max_message_bytes = max_message_bytes;
    limits.max_parts = 50;
    int tried = 0;
    const auto visit = [&](mail::Part&& part) {
        if (!looks_like_report(part)) return true;
        Result<Report> report = read(part);
        received.state = report.has_error() ? State::broken : State::report;
        if (report.has_error())
            received.problem = report.error().text;
        else
            received.report = std::move(*report);
        return report.has_error() && ++tried < most_reports_tried;
    };
    const auto visited = mail::visit_parts(message, visit, limits);
    if (visited.has_error() && received.state != State::report) {
        received.state = State::broken;
        received.problem = visited.error().text;
    }
    return received;
}

}  // namespace sealpost::archive

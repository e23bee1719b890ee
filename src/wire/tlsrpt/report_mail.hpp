#pragma once

#include "wire/archive/report_mail.hpp"
#include "wire/tlsrpt/report.hpp"

#include <string>
#include <string_view>

namespace sealpost::tlsrpt {

inline constexpr std::string_view packed_type = "application/tlsrpt+gzip";
inline constexpr std::string_view plain_type = "application/tlsrpt+json";

using archive::ReportMail;
using ReceivedReport = archive::ReceivedReport<Report>;

// "mx1.acme.test!partner.test!1763942400!1764028799!7.json.gz" (RFC 8460 §5.1).
[[nodiscard]] std::string format_file_name(const ReportMail& mail);

// The whole message; `packed` is what archive::pack() made of the JSON. It asks that what the recipient's side says about
// TLS be passed over on the way (RFC 8689 §3): it may tell of just that.
[[nodiscard]] std::string format_report_mail(const ReportMail& mail, std::string_view packed);

struct MailLimits {
    std::size_t max_message_bytes = 32 * 1024 * 1024;
    ReportLimits report;
};

// A part claims to be a report by its type, name or first octets.
[[nodiscard]] ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits = {});

// The same of a file: JSON, packed or not.
[[nodiscard]] Result<Report> read_report(std::string_view octets, const ReportLimits& limits = {});

}  // namespace sealpost::tlsrpt

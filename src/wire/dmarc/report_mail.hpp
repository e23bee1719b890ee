#pragma once

#include "wire/archive/report_mail.hpp"
#include "wire/dmarc/report.hpp"

#include <string>
#include <string_view>

namespace sealpost::dmarc {

using archive::ReportMail;
using ReceivedReport = archive::ReceivedReport<AggregateReport>;

// "mx1.acme.test!example.org!1763942400!1764028800!7.xml.gz"
[[nodiscard]] std::string format_file_name(const ReportMail& mail);

// The whole message (RFC 7489 §7.2.1.1); `packed` is what archive::pack() made of the XML.
[[nodiscard]] std::string format_report_mail(const ReportMail& mail, std::string_view packed);

struct MailLimits {
    std::size_t max_message_bytes = 32 * 1024 * 1024;
    ReportLimits report;
};

// A part claims to be a report by its type, name or first octets.
[[nodiscard]] ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits = {});

}  // namespace sealpost::dmarc

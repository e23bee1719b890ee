#include "wire/dmarc/report_mail.hpp"

#include "base/text.hpp"
#include "wire/archive/archive.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"
#include "wire/mail/trace.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

std::string format_seconds(WallTime time)
{
    return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

std::string domain_of(const std::string& address) { return address.substr(address.rfind('@') + 1); }

mail::MimeWriter::Fields make_fields(const ReportMail& mail)
{
    return {
        {"From", mail.from},
        {"To", join(mail.to, ", ")},
        {"Subject",
         "Report Domain: " + mail.policy_domain + " Submitter: " + mail.submitter + " Report-ID: <" + mail.report_id + ">"},
        {"Date", format_rfc5322_date(mail.at)},
        {"Message-ID", mail::make_message_id(domain_of(mail.from))},
        {"Auto-Submitted", "auto-generated"},
    };
}

std::string format_text(const ReportMail& mail)
{
    return "This is a DMARC aggregate report from " + mail.organisation + " about mail that came from " + mail.policy_domain +
           "\r\nbetween " + format_rfc3339(mail.begin) + " and " + format_rfc3339(mail.end) +
           ". A program made it, for a program to read.\r\n\r\n" + "Report-ID: " + mail.report_id + "\r\n";
}

bool has_report_type(const mail::Part& part)
{
    static constexpr std::string_view types[] = {"application/gzip", "application/x-gzip", "application/gzip-compressed",
                                                 "application/zip",  "application/x-zip",  "application/x-zip-compressed",
                                                 "text/xml",         "application/xml"};
    return std::ranges::find(types, part.type) != std::end(types);
}

bool looks_like_report(const mail::Part& part)
{
    const std::string name = ascii_lower(part.name);
    const auto ends = [&](std::string_view end) { return name.ends_with(end); };
    return has_report_type(part) || ends(".xml") || ends(".gz") || ends(".zip") || part.content.starts_with("\x1f\x8b") ||
           part.content.starts_with("PK\x03\x04");
}

Result<AggregateReport> read_part(const mail::Part& part, const ReportLimits& limits)
{
    SEALPOST_TRY(const std::string xml, archive::unpack(part.content, limits.max_xml_bytes));
    return parse_xml(xml, limits);
}

}  // namespace

std::string format_file_name(const ReportMail& mail)
{
    std::string name =
        mail.submitter + "!" + mail.policy_domain + "!" + format_seconds(mail.begin) + "!" + format_seconds(mail.end);
    if (!mail.unique.empty()) name += "!" + mail.unique;
    return name + ".xml.gz";
}

std::string format_report_mail(const ReportMail& mail, std::string_view packed)
{
    mail::MimeWriter writer;
    std::string message = writer.begin_mixed(make_fields(mail));
    message += writer.add_text(format_text(mail));
    message += writer.begin_attachment(format_file_name(mail), "application/gzip");
    message += writer.append(packed);
    message += writer.end_attachment();
    message += writer.end();
    return message;
}

ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits)
{
    ReceivedReport received;
    mail::PartLimits parts;
    parts.max_message_bytes = limits.max_message_bytes;
    parts.max_parts = 50;
    const auto visit = [&](mail::Part&& part) {
        if (!looks_like_report(part)) return true;
        auto report = read_part(part, limits.report);
        if (report.has_error()) {
            received.state = ReceivedReport::State::broken;
            received.problem = report.error().text;
            return true;
        }
        received.state = ReceivedReport::State::report;
        received.report = std::move(*report);
        return false;
    };
    const auto visited = mail::visit_parts(message, visit, parts);
    if (visited.has_error() && received.state != ReceivedReport::State::report) {
        received.state = ReceivedReport::State::broken;
        received.problem = visited.error().text;
    }
    return received;
}

}  // namespace sealpost::dmarc

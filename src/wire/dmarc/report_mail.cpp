#include "wire/dmarc/report_mail.hpp"

#include "base/text.hpp"
#include "wire/archive/archive.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

constexpr std::string_view file_end = ".xml.gz";

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

std::string format_file_name(const ReportMail& mail) { return archive::format_file_name(mail, file_end); }

std::string format_report_mail(const ReportMail& mail, std::string_view packed)
{
    archive::ReportForm form;
    form.sentence =
        "This is a DMARC aggregate report from " + mail.organisation + " about mail that came from " + mail.policy_domain;
    form.part_type = "application/gzip";
    form.file_end = file_end;
    return archive::format_report_mail(mail, form, packed);
}

ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits)
{
    const auto read = [&](const mail::Part& part) { return read_part(part, limits.report); };
    return archive::find_report<AggregateReport>(message, limits.max_message_bytes, looks_like_report, read);
}

}  // namespace sealpost::dmarc

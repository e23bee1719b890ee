#include "wire/tlsrpt/report_mail.hpp"

#include "base/text.hpp"
#include "wire/archive/archive.hpp"

#include <algorithm>

namespace sealpost::tlsrpt {
namespace {

constexpr std::string_view file_end = ".json.gz";

bool looks_like_report(const mail::Part& part)
{
    static constexpr std::string_view types[] = {packed_type, plain_type, "application/gzip", "application/x-gzip",
                                                 "application/json"};
    const std::string name = ascii_lower(part.name);
    const auto ends = [&](std::string_view end) { return name.ends_with(end); };
    return std::ranges::find(types, part.type) != std::end(types) || ends(".json") || ends(".json.gz") || ends(".gz") ||
           part.content.starts_with("\x1f\x8b");
}

}  // namespace

std::string format_file_name(const ReportMail& mail) { return archive::format_file_name(mail, file_end); }

std::string format_report_mail(const ReportMail& mail, std::string_view packed)
{
    archive::ReportForm form;
    form.sentence = "This is a report from " + mail.organisation + " on how TLS went with the mail hosts of " +
                    mail.policy_domain + " (RFC 8460)";
    form.part_type = packed_type;
    form.file_end = file_end;
    form.report_type = "tlsrpt";
    form.more = {{"TLS-Report-Domain", mail.policy_domain}, {"TLS-Report-Submitter", mail.submitter}, {"TLS-Required", "No"}};
    return archive::format_report_mail(mail, form, packed);
}

Result<Report> read_report(std::string_view octets, const ReportLimits& limits)
{
    SEALPOST_TRY(const std::string text, archive::unpack(octets, limits.max_json_bytes));
    return parse_json(text, limits);
}

ReceivedReport read_report_mail(std::string_view message, const MailLimits& limits)
{
    const auto read = [&](const mail::Part& part) { return read_report(part.content, limits.report); };
    return archive::find_report<Report>(message, limits.max_message_bytes, looks_like_report, read);
}

}  // namespace sealpost::tlsrpt

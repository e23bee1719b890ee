#include "wire/archive/report_mail.hpp"

#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/trace.hpp"

namespace sealpost::archive {
namespace {

mail::MimeWriter::Fields make_fields(const ReportMail& mail, const ReportForm& form)
{
    mail::MimeWriter::Fields fields{
        {"From", mail.from},
        {"To", join(mail.to, ", ")},
        {"Subject",
         "Report Domain: " + mail.policy_domain + " Submitter: " + mail.submitter + " Report-ID: <" + mail.report_id + ">"},
        {"Date", format_rfc5322_date(mail.at)},
        {"Message-ID", mail::make_message_id(mail::domain_of(mail.from))},
        {"Auto-Submitted", "auto-generated"},
    };
    fields.insert(fields.end(), form.more.begin(), form.more.end());
    return fields;
}

std::string format_text(const ReportMail& mail, const ReportForm& form)
{
    return form.sentence + "\r\nbetween " + format_rfc3339(mail.begin) + " and " + format_rfc3339(mail.end) +
           ". A program made it, for a program to read.\r\n\r\nReport-ID: " + mail.report_id + "\r\n";
}

}  // namespace

std::string format_seconds(WallTime time)
{
    return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

std::string format_file_name(const ReportMail& mail, std::string_view end)
{
    std::string name =
        mail.submitter + "!" + mail.policy_domain + "!" + format_seconds(mail.begin) + "!" + format_seconds(mail.end);
    if (!mail.unique.empty()) name += "!" + mail.unique;
    return name + std::string(end);
}

std::string format_report_mail(const ReportMail& mail, const ReportForm& form, std::string_view packed)
{
    mail::MimeWriter writer;
    const auto fields = make_fields(mail, form);
    std::string message = form.report_type.empty() ? writer.begin_mixed(fields) : writer.begin_report(fields, form.report_type);
    message += writer.add_text(format_text(mail, form));
    message += writer.begin_attachment(format_file_name(mail, form.file_end), form.part_type);
    message += writer.append(packed);
    message += writer.end_attachment();
    message += writer.end();
    return message;
}

}  // namespace sealpost::archive

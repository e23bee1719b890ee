#include "wire/seal/notification.hpp"

#include "wire/mail/trace.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/seal/texts.hpp"

namespace sealpost::seal {
namespace {

constexpr std::size_t max_kept_value = 8 * 1024;  // a long thread's References

using Fields = mail::MimeWriter::Fields;

// A value of the original as it stands, when it is of a fair size; 8-bit text becomes encoded words.
std::string kept_value(const mail::HeaderBlock& original, std::string_view name)
{
    const std::string value = original.find(name).value_or("");
    if (value.size() > max_kept_value) return {};
    return mail::is_ascii(value) ? value : mail::encode_words(value);
}

std::string or_else(std::string value, const std::string& other) { return value.empty() ? other : value; }

// doc/spec/envelope.md §4.
Fields make_fields(const NotificationFacts& facts, const mail::HeaderBlock& original)
{
    const std::string neutral = facts.neutral_subject.empty()
                                    ? notification_text(facts.page, true, facts.attachment_name, "").subject
                                    : facts.neutral_subject;
    const std::string subject = facts.subject == SubjectPolicy::original ? or_else(kept_value(original, "Subject"), neutral)
                                                                         : mail::encode_words(neutral);
    Fields fields = {{"From", facts.from}, {"To", facts.to}};
    if (!facts.reply_to.empty()) fields.emplace_back("Reply-To", facts.reply_to);
    fields.emplace_back("Subject", mail::is_ascii(subject) ? subject : mail::encode_words(subject));
    fields.emplace_back("Date", or_else(kept_value(original, "Date"), format_rfc5322_date(facts.at)));
    fields.emplace_back("Message-ID", or_else(kept_value(original, "Message-ID"), mail::make_message_id(facts.message_domain)));
    for (const char* name : {"In-Reply-To", "References", "Importance", "Sensitivity"})
        if (std::string value = kept_value(original, name); !value.empty()) fields.emplace_back(name, std::move(value));
    fields.emplace_back("X-Sealpost-Envelope", facts.page.envelope_id);
    return fields;
}

}  // namespace

Result<NotificationWriter> NotificationWriter::make(NotificationFacts facts, const mail::HeaderBlock& original)
{
    SEALPOST_TRY(std::string head, page_head(facts.page));
    Fields fields = make_fields(facts, original);
    return NotificationWriter(std::move(facts), std::move(fields), std::move(head));
}

NotificationWriter::NotificationWriter(NotificationFacts facts, Fields fields, std::string page_head)
    : facts_(std::move(facts)), fields_(std::move(fields)), page_head_(std::move(page_head))
{
}

std::string NotificationWriter::head()
{
    const bool has_attachment = !facts_.attachment_name.empty();
    const MailText text = notification_text(facts_.page, has_attachment, facts_.attachment_name, facts_.recipient_domain);
    if (!has_attachment) return mime_.begin_alternative_only(fields_, text.text, text.html);
    std::string out = mime_.begin_mixed(fields_);
    out += mime_.add_alternative(text.text, text.html);
    out += mime_.begin_attachment(facts_.attachment_name, "text/html; charset=utf-8");
    out += mime_.append(page_head_);
    return out;
}

std::string NotificationWriter::append(std::string_view age_bytes)
{
    if (facts_.attachment_name.empty()) return {};
    return mime_.append(armor_.append(age_bytes));
}

std::string NotificationWriter::finish()
{
    if (facts_.attachment_name.empty()) return {};
    std::string out = mime_.append(armor_.finish());
    out += mime_.append(page_tail(facts_.page));
    out += mime_.end_attachment();
    out += mime_.end();
    return out;
}

}  // namespace sealpost::seal

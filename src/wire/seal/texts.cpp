#include "wire/seal/texts.hpp"

#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/trace.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/seal/html.hpp"
#include "wire/seal/phrases.hpp"

#include <cstdio>

namespace sealpost::seal {
namespace {

constexpr std::size_t text_column = 76;

// Plain text is broken at spaces; a word that is longer (a link) has its own line.
std::string wrap(std::string_view paragraph)
{
    std::string out;
    std::size_t column = 0;
    while (!paragraph.empty()) {
        const std::size_t end = std::min(paragraph.find(' '), paragraph.size());
        if (column > 0 && column + 1 + end > text_column) {
            out += '\n';
            column = 0;
        } else if (column > 0) {
            out += ' ';
            ++column;
        }
        out += paragraph.substr(0, end);
        column += end;
        paragraph.remove_prefix(std::min(end + 1, paragraph.size()));
    }
    return out + "\n";
}

// One mail as paragraphs, written twice: as text and as HTML without any remote content.
class Writer {
public:
    explicit Writer(Language language) : language_(language) {}

    void paragraph(std::string_view text)
    {
        add_text(wrap(text));
        html_ += "<p>" + escape_html(text) + "</p>\n";
    }

    void link(std::string_view url, std::string_view label)
    {
        add_text(std::string(url) + "\n");
        html_ += "<p><a href=\"" + escape_html(url) +
                 "\" rel=\"noopener noreferrer\" style=\"display:inline-block;padding:12px "
                 "20px;border-radius:8px;background:#0b5cad;color:#ffffff;"
                 "font-weight:600;text-decoration:none\">" +
                 escape_html(label) + "</a></p>\n";
    }

    // Beside the matter: a line of text, no button.
    void side_link(std::string_view url, std::string_view label)
    {
        add_text(std::string(label) + "\n" + std::string(url) + "\n");
        html_ += "<p><a href=\"" + escape_html(url) + "\" rel=\"noopener noreferrer\">" + escape_html(label) + "</a></p>\n";
    }

    void code(std::string_view text)
    {
        figure(text.size() == 8 ? std::string(text.substr(0, 4)) + " " + std::string(text.substr(4)) : std::string(text));
    }

    void figure(std::string_view text)
    {
        add_text("    " + std::string(text) + "\n");
        html_ += "<p style=\"font-size:28px;font-weight:600;letter-spacing:2px;font-family:monospace\">" + escape_html(text) +
                 "</p>\n";
    }

    [[nodiscard]] MailText finish(std::string subject) const
    {
        const std::string tag(format_language(language_));
        const std::string html = "<!doctype html>\n<html lang=\"" + tag +
                                 "\">\n<head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><title>" +
                                 escape_html(subject) +
                                 "</title></head>\n<body style=\"font-family:system-ui,-apple-system,'Segoe "
                                 "UI',sans-serif;line-height:1.5;max-width:36rem;overflow-wrap:anywhere\">\n" +
                                 html_ + "</body>\n</html>\n";
        return {mail::clean_utf8(subject, mail::Controls::none), mail::clean_utf8(text_, mail::Controls::keep_lines), html};
    }

private:
    void add_text(std::string_view block)
    {
        if (!text_.empty()) text_ += '\n';
        text_ += block;
    }

    Language language_;
    std::string text_;
    std::string html_;
};

std::string name_of_sender(const PageFacts& facts)
{
    return facts.sender_name.empty() ? facts.sender_address : facts.sender_name + " <" + facts.sender_address + ">";
}

std::string_view host_of(std::string_view url)
{
    if (url.starts_with("https://")) url.remove_prefix(8);
    return url.substr(0, url.find('/'));
}

// Who asks for a password, and who never does.
std::string warn_of_passwords(const PageFacts& facts, bool has_attachment)
{
    const NotificationPhrases& words = phrases(facts.language).notification;
    std::string out(has_attachment ? words.no_password : words.no_password_alone);
    if (facts.proof == Proof::link) return out;
    const auto there = facts.proof == Proof::mailbox ? words.prove_there : words.password_there;
    return out + " " + fill(there, {{"service", host_of(facts.service_url)}});
}

}  // namespace

MailText notification_text(const PageFacts& facts, bool has_attachment, std::string_view attachment_name,
                           std::string_view recipient_domain)
{
    const NotificationPhrases& words = phrases(facts.language).notification;
    const std::string sender = name_of_sender(facts);
    Writer writer(facts.language);
    writer.paragraph(fill(words.greeting, {{"sender", sender}, {"organisation", facts.organisation}}));
    if (has_attachment) writer.paragraph(fill(words.attachment, {{"attachment", attachment_name}}));
    writer.paragraph(!has_attachment ? words.link_only : facts.hosted ? words.link : words.hand_in);
    writer.link(open_url(facts), facts.hosted ? words.button : words.hand_in_button);
    if (has_attachment && facts.hosted) writer.paragraph(words.phone);
    if (facts.expires_at)
        writer.paragraph(fill(words.expires, {{"time", format_time_for_people(*facts.expires_at, facts.language)}}));
    writer.paragraph(warn_of_passwords(facts, has_attachment));
    if (facts.may_reply) writer.paragraph(words.reply);
    writer.side_link(why_url(facts, recipient_domain), words.why);
    std::string footer = fill(words.footer, {{"sender", sender}});
    if (facts.hosted) footer += " " + std::string(facts.proof == Proof::link ? words.link_is_for_anybody : words.link_is_for);
    writer.paragraph(footer);
    return writer.finish(fill(words.neutral_subject, {{"organisation", facts.organisation}}));
}

MailText code_text(const CodeFacts& facts)
{
    const CodePhrases& words = phrases(facts.language).code;
    Writer writer(facts.language);
    writer.paragraph(fill(words.opening, {{"service", facts.service_name}}));
    writer.code(facts.code);
    writer.paragraph(fill(words.reference, {{"reference", facts.reference}}));
    writer.paragraph(words.validity);
    writer.paragraph(words.warning);
    return writer.finish(fill(words.subject, {{"service", facts.service_name}, {"reference", facts.reference}}));
}

MailText domain_code_text(const DomainCodeFacts& facts)
{
    const DomainCodePhrases& words = phrases(facts.language).domain_code;
    Writer writer(facts.language);
    writer.paragraph(fill(words.opening, {{"service", facts.service_name}, {"domain", facts.domain}}));
    writer.code(facts.code);
    writer.paragraph(fill(words.purpose, {{"domain", facts.domain}}));
    writer.paragraph(fill(words.reference, {{"reference", facts.reference}}));
    writer.paragraph(words.validity);
    writer.paragraph(words.warning);
    return writer.finish(
        fill(words.subject, {{"domain", facts.domain}, {"service", facts.service_name}, {"reference", facts.reference}}));
}

MailText factor_text(const FactorFacts& facts)
{
    const FactorPhrases& words = phrases(facts.language).factor;
    Writer writer(facts.language);
    writer.paragraph(fill(words.changes[static_cast<std::size_t>(facts.change)], {{"service", facts.service_name}}));
    writer.paragraph(fill(words.when, {{"time", format_time_for_people(facts.at, facts.language)}}));
    writer.paragraph(fill(words.not_you, {{"url", facts.security_url}}));
    return writer.finish(fill(words.subject, {{"service", facts.service_name}}));
}

MailText receipt_text(const ReceiptFacts& facts)
{
    const ReceiptPhrases& words = phrases(facts.language).receipt;
    Writer writer(facts.language);
    const bool is_named = !facts.subject.empty();
    const bool is_by_link = facts.recipient.empty() || facts.proof == Proof::link;
    writer.paragraph(fill(is_named ? words.opening : words.nameless_opening,
                          {{"subject", facts.subject},
                           {"sent", format_time_for_people(facts.sent_at, facts.language)},
                           {"recipient", is_by_link ? words.link_holder : facts.recipient},
                           {"time", format_time_for_people(facts.released_at, facts.language)},
                           {"proof", words.proofs.at(static_cast<std::size_t>(is_by_link ? Proof::link : facts.proof))}}));
    writer.paragraph(is_by_link ? words.link_meaning : words.meaning);
    if (!facts.sent_url.empty()) writer.paragraph(fill(words.decide, {{"url", facts.sent_url}}));
    return writer.finish(fill(is_named ? words.subject : words.nameless_subject, {{"subject", facts.subject}}));
}

MailText undelivered_text(const UndeliveredFacts& facts)
{
    const UndeliveredPhrases& words = phrases(facts.language).undelivered;
    Writer writer(facts.language);
    writer.paragraph(fill(words.opening, {{"sent", format_time_for_people(facts.sent_at, facts.language)}}));
    for (const auto& recipient : facts.recipients)
        writer.paragraph(fill(words.recipient, {{"recipient", recipient.address}, {"reason", recipient.reason}}));
    writer.paragraph(words.reasons);
    writer.paragraph(words.not_in_clear);
    if (!facts.open_url.empty()) writer.paragraph(fill(words.open_again, {{"url", facts.open_url}}));
    if (!facts.compose_url.empty()) writer.paragraph(fill(words.compose_again, {{"url", facts.compose_url}}));
    const bool can_write_again = !facts.open_url.empty() || !facts.compose_url.empty();
    writer.paragraph(can_write_again ? words.other_way : words.only_way);
    writer.paragraph(words.quotes_nothing);
    return writer.finish(std::string(words.subject));
}

std::string format_time_for_people(WallTime time, Language language)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day));
    char hours[32];
    std::snprintf(hours, sizeof hours, "%02d:%02d", static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()));
    const Phrases& words = phrases(language);
    return fill(words.time,
                {{"day", unsigned(date.day()) == 1 ? std::string(words.first_of_month) : std::to_string(unsigned(date.day()))},
                 {"month", words.months.at(static_cast<unsigned>(date.month()) - 1)},
                 {"year", std::to_string(static_cast<int>(date.year()))},
                 {"clock", hours}});
}

std::string build_service_mail(const ServiceMail& facts, const MailText& text)
{
    mail::MimeWriter::Fields fields = {
        {"From", facts.from},
        {"To", facts.to},
        {"Subject", mail::encode_words(text.subject)},
        {"Date", format_rfc5322_date(facts.at)},
        {"Message-ID", mail::make_message_id(facts.message_domain)},
        {"Auto-Submitted", "auto-generated"},  // RFC 3834 §5
    };
    if (!facts.about.empty()) {
        fields.emplace_back("In-Reply-To", facts.about);  // RFC 5322 §3.6.4
        fields.emplace_back("References", facts.about);
    }
    return mail::MimeWriter().begin_alternative_only(fields, text.text, text.html);
}

}  // namespace sealpost::seal

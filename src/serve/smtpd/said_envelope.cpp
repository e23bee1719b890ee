#include "serve/smtpd/said_envelope.hpp"

#include "wire/mail/cut_text.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/smtp/command.hpp"

#include <variant>

namespace sealpost::smtpd {
namespace {

constexpr std::size_t max_told_bytes = mail::max_local_bytes + 1 + mail::max_domain_bytes;
constexpr smtp::ParameterOffer every_parameter{true, true, true, true};

std::string clean(std::string_view text)
{
    return mail::clean_utf8(text.substr(0, mail::find_cut(text, max_told_bytes)), mail::Controls::none);
}

std::string format_address(const mail::Mailbox& mailbox)
{
    return clean(mailbox.domain.empty() ? mailbox.local : mail::format_mailbox(mailbox));
}

std::string format_reverse_path(const mail::Mailbox& sender) { return sender.empty() ? "<>" : format_address(sender); }

std::string read_sender(std::string_view argument)
{
    const auto parsed = smtp::parse_mail(argument, every_parameter);
    const auto* said = std::get_if<smtp::MailFrom>(&parsed);
    return said ? format_reverse_path(said->sender) : clean(argument);
}

std::string read_recipient(std::string_view argument)
{
    const auto parsed = smtp::parse_rcpt(argument, every_parameter, true);
    const auto* said = std::get_if<smtp::RcptTo>(&parsed);
    return said ? format_address(said->recipient) : clean(argument);
}

}  // namespace

void SaidEnvelope::say_sender(const mail::Mailbox& sender)
{
    forget();
    sender_ = sender;
    has_sender_ = true;
}

void SaidEnvelope::take_recipient()
{
    if (!has_first_) first_ = recipient_;
    has_first_ = true;
}

void SaidEnvelope::forget() { has_sender_ = has_first_ = false; }

std::string SaidEnvelope::format_sender() const { return has_sender_ ? format_reverse_path(sender_) : std::string(); }

RefusalSubject SaidEnvelope::about_recipient() const { return {format_sender(), format_address(recipient_), ""}; }

RefusalSubject SaidEnvelope::about_message() const
{
    return {format_sender(), has_first_ ? format_address(first_) : std::string(), ""};
}

RefusalSubject SaidEnvelope::about(const smtp::Refusal& refusal) const
{
    using At = smtp::Refusal::At;
    switch (refusal.at) {
        case At::mail: return {read_sender(refusal.argument), "", ""};
        case At::rcpt: return {format_sender(), read_recipient(refusal.argument), ""};
        case At::content: return about_message();
        case At::auth: break;
    }
    return {};
}

}  // namespace sealpost::smtpd

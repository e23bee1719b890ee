#include "wire/mail/dsn.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/trace.hpp"
#include "wire/mail/transfer_encoding.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <cstdio>

namespace sealpost::mail {
namespace {

constexpr std::size_t max_original_head = 64 * 1024;

struct ActionWords {
    DsnAction action;
    std::string_view word;    // RFC 3464 §2.3.3
    std::string_view status;  // when nobody gave one
};

constexpr ActionWords action_words[] = {
    {DsnAction::failed, "failed", "5.0.0"},
    {DsnAction::delayed, "delayed", "4.0.0"},
    {DsnAction::delivered, "delivered", "2.0.0"},
    {DsnAction::relayed, "relayed", "2.0.0"},
};

// Nobody knows which language the sender reads: a report has both, English first.
struct PeopleWords {
    std::string_view greeting;
    std::string_view openings[4];  // by action
    std::string_view outcomes[4];  // the same
    std::string_view said;
    std::string_view tried_until;
    std::string_view brings_whole;
    std::string_view brings_head;
};

constexpr PeopleWords english = {
    "This is the mail system at ",
    {"Your message could not be delivered to the recipients below. It will not be tried again.",
     "Your message could not be delivered yet to the recipients below. It will be tried again:\nyou need not send it again.",
     "Your message was delivered to the recipients below.",
     "Your message was passed on, for the recipients below, to a mail system that sends no\nfurther reports."},
    {"failed", "delayed", "delivered", "relayed"},
    " said:",
    "It is tried until ",
    "Your message follows as an attachment of this report.",
    "The first lines of your message follow as an attachment of this report.",
};

constexpr PeopleWords french = {
    "Ceci est le système de messagerie de ",
    {"Votre message n’a pas pu être remis aux destinataires ci-dessous. Il n’y aura pas d’autre essai.",
     "Votre message n’a pas encore pu être remis aux destinataires ci-dessous. D’autres essais\nsuivront\u00a0: il est inutile "
     "de le "
     "renvoyer.",
     "Votre message a été remis aux destinataires ci-dessous.",
     "Votre message a été transmis, pour les destinataires ci-dessous, à un système de messagerie\nqui n’envoie pas d’autres "
     "avis."},
    {"échec", "en attente", "remis", "transmis"},
    " a répondu\u00a0:",
    "Fin des essais\u00a0: ",
    "Votre message suit en pièce jointe de cet avis.",
    "Les premières lignes de votre message suivent en pièce jointe de cet avis.",
};

// In ASCII, which every mail program and filter reads as it stands.
std::string_view subject_of(DsnAction action)
{
    switch (action) {
        case DsnAction::failed: return "Undelivered mail: returned to sender / Courrier non remis";
        case DsnAction::delayed: return "Delayed mail: still being tried / Courrier en attente";
        case DsnAction::delivered:
        case DsnAction::relayed: break;
    }
    return "Delivery report / Avis de remise";
}

std::size_t index(DsnAction action) { return static_cast<std::size_t>(action); }

const ActionWords& words_of(DsnAction action) { return *std::ranges::find(action_words, action, &ActionWords::action); }

// The gravest of the recipients' actions names the whole report.
DsnAction gravest(const DsnFacts& facts)
{
    DsnAction gravest = DsnAction::relayed;
    for (const auto& recipient : facts.recipients) gravest = std::min(gravest, recipient.action);
    return gravest;
}

bool is_status(std::string_view text)
{
    const auto parts = split(text, '.');
    return parts.size() == 3 && (parts[0] == "2" || parts[0] == "4" || parts[0] == "5") &&
           std::ranges::all_of(parts, [](std::string_view part) { return part.size() <= 3 && parse_decimal(part).has_value(); });
}

std::string status_of(const DsnRecipient& recipient)
{
    return is_status(recipient.status) ? recipient.status : std::string(words_of(recipient.action).status);
}

bool is_xchar(char c) { return c >= 33 && c <= 126 && c != '+' && c != '='; }

// RFC 6533 §3, utf-8-addr-xtext: what every server can take of an address in UTF-8. "+", "=" and the backslash go by number, too.
std::string format_utf8_address(std::string_view address)
{
    std::string out;
    while (!address.empty()) {
        const CodePoint next = first_code_point(address);
        char escaped[16];
        if (is_xchar(address.front()) && address.front() != '\\') {
            out += address.front();
        } else {
            std::snprintf(escaped, sizeof escaped, "\\x{%X}",
                          static_cast<unsigned>(next.value == invalid_code_point ? 0xFFFD : next.value));
            out += escaped;
        }
        address.remove_prefix(next.bytes);
    }
    return out;
}

std::string format_recipient_field(std::string_view address)
{
    return is_ascii(address) ? "rfc822; " + std::string(address) : "utf-8; " + format_utf8_address(address);
}

std::string ascii_only(std::string_view text)
{
    std::string out = clean_utf8(text, Controls::none);
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return out;
}

// A word that no fold can divide would make a line that RFC 5322 §2.1.1 does not allow.
std::string cut_long_words(std::string_view text)
{
    constexpr std::size_t max_word_bytes = 900;
    std::string out;
    std::size_t word = 0;
    for (const char c : text) {
        word = c == ' ' ? 0 : word + 1;
        if (word <= max_word_bytes) out += c;
    }
    return out;
}

std::string format_status_group(const DsnRecipient& recipient, const DsnFacts& facts)
{
    std::string out = "\r\n";
    if (!recipient.original.empty()) out += format_field("Original-Recipient", ascii_only(recipient.original));
    out += format_field("Final-Recipient", format_recipient_field(recipient.address));
    out += format_field("Action", words_of(recipient.action).word);
    out += format_field("Status", status_of(recipient));
    if (!recipient.remote_host.empty()) out += format_field("Remote-MTA", "dns; " + ascii_only(recipient.remote_host));
    // RFC 3464 §2.3.6: of type smtp is what another host answered.
    const char* const type = recipient.remote_host.empty() ? "x-sealpost; " : "smtp; ";
    if (!recipient.diagnostic.empty())
        out += format_field("Diagnostic-Code", type + cut_long_words(ascii_only(recipient.diagnostic)));
    out += format_field("Last-Attempt-Date", format_rfc5322_date(facts.now));
    if (recipient.action == DsnAction::delayed) out += format_field("Will-Retry-Until", format_rfc5322_date(facts.retries_until));
    return out;
}

std::string format_delivery_status(const DsnFacts& facts)
{
    std::string out = format_field("Reporting-MTA", "dns; " + facts.reporting_host);
    if (!facts.envelope_id.empty()) out += format_field("Original-Envelope-Id", ascii_only(facts.envelope_id));
    out += format_field("Arrival-Date", format_rfc5322_date(facts.arrived_at));
    for (const auto& recipient : facts.recipients) out += format_status_group(recipient, facts);
    return out;
}

std::string format_for_people(const DsnFacts& facts, bool brings_whole, const PeopleWords& words)
{
    std::string out = std::string(words.greeting) + facts.reporting_host + ".\n\n";
    out += words.openings[index(gravest(facts))];
    out += "\n";
    for (const auto& recipient : facts.recipients) {
        out += "\n  " + clean_utf8(recipient.address, Controls::none) + "\n    ";
        out += words.outcomes[index(recipient.action)];
        out += " (" + status_of(recipient) + ")";
        if (!recipient.remote_host.empty())
            out += "\n    " + clean_utf8(recipient.remote_host, Controls::none) + std::string(words.said);
        if (!recipient.diagnostic.empty()) out += "\n    " + clean_utf8(recipient.diagnostic, Controls::none);
        out += "\n";
    }
    if (gravest(facts) == DsnAction::delayed)
        out += "\n" + std::string(words.tried_until) + format_rfc5322_date(facts.retries_until) + ".\n";
    return out.append("\n").append(brings_whole ? words.brings_whole : words.brings_head).append("\n");
}

std::string format_people_part(const DsnFacts& facts, bool brings_whole)
{
    const std::string text =
        format_for_people(facts, brings_whole, english) + "\n—\n\n" + format_for_people(facts, brings_whole, french);
    return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
           encode_quoted_printable(text);
}

// Lines as they are when they are plain ASCII of fair length; base64 otherwise.
std::string format_body(std::string_view type, std::string_view text)
{
    std::string lines;
    bool plain = is_ascii(text) && text.find('\0') == std::string_view::npos;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        plain = plain && line.size() <= 998 && line.find('\r') == std::string_view::npos;
        lines += line;
        lines += "\r\n";
    }
    if (plain) return "Content-Type: " + std::string(type) + "\r\n\r\n" + lines;
    return "Content-Type: " + std::string(type) + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           encode_base64_lines(lines);
}

// RFC 2046 §5.2.1: a message inside a message is neither base64 nor quoted-printable, so it must do as it stands.
bool can_be_enclosed(std::string_view message)
{
    if (message.empty() || message.find('\0') != std::string_view::npos) return false;
    const auto lines = split(message, '\n');
    return std::ranges::all_of(lines, [](std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line.size() <= 998 && line.find('\r') == std::string_view::npos;
    });
}

std::string format_enclosed(std::string_view message, bool smtputf8)
{
    std::string out = std::string("Content-Type: ") + (smtputf8 ? "message/global" : "message/rfc822") + "\r\n";
    if (!is_ascii(message)) out += "Content-Transfer-Encoding: 8bit\r\n";
    out += "\r\n";
    out += message;
    if (!message.ends_with('\n')) out += "\r\n";
    return out;
}

std::string format_top_fields(const DsnFacts& facts, const std::string& boundary, const std::string& original_id,
                              bool is_eight_bit)
{
    std::string out = format_field("From", "Mail Delivery System <MAILER-DAEMON@" + facts.reporting_host + ">");
    out += format_field("To", "<" + facts.to + ">");
    out += format_field("Subject", subject_of(gravest(facts)));
    out += format_field("Date", format_rfc5322_date(facts.now));
    out += format_field("Message-ID", make_message_id(facts.reporting_host));
    if (!original_id.empty()) out += format_field("References", original_id);
    out += "Auto-Submitted: auto-replied\r\n";  // RFC 3834 §5
    out += "MIME-Version: 1.0\r\n";
    if (is_eight_bit) out += "Content-Transfer-Encoding: 8bit\r\n";
    return out + "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
}

std::string message_id_of(std::string_view head)
{
    const auto block = HeaderBlock::parse(head);
    const std::string id = block.has_value() ? block->find("Message-ID").value_or("") : "";
    return id.size() <= 500 && is_ascii(id) ? id : "";
}

}  // namespace

std::string build_dsn(const DsnFacts& facts)
{
    const std::string boundary = "=_" + format_hex(crypto::random_bytes(16));
    const std::string separator = "--" + boundary + "\r\n";
    std::string_view head = facts.original_head;
    if (head.size() > max_original_head) head = head.substr(0, head.rfind('\n', max_original_head) + 1);
    while (head.ends_with('\n') || head.ends_with('\r')) head.remove_suffix(1);
    const bool brings_whole = can_be_enclosed(facts.original);
    const bool is_eight_bit = brings_whole && !is_ascii(facts.original);
    std::string out = format_top_fields(facts, boundary, message_id_of(facts.original_head), is_eight_bit);
    out += separator + format_people_part(facts, brings_whole);
    out += "\r\n" + separator + "Content-Type: message/delivery-status\r\n\r\n" + format_delivery_status(facts);
    out += "\r\n" + separator;
    out += brings_whole ? format_enclosed(facts.original, facts.smtputf8) : format_body("text/rfc822-headers", head);
    return out + "\r\n--" + boundary + "--\r\n";
}

std::string encode_xtext(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (is_xchar(c))
            out += c;
        else
            out += {'+', digits[octet >> 4], digits[octet & 15]};
    }
    return out;
}

std::string format_original_recipient(std::string_view address)
{
    return is_ascii(address) ? "rfc822;" + std::string(address) : "utf-8;" + format_utf8_address(address);
}

Result<std::string> decode_xtext(std::string_view text)
{
    const Error bad{Fault::peer_broke_it, "not xtext"};
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_xchar(text[i])) {
            out += text[i];
            continue;
        }
        // RFC 3461 §4: hexchar = "+" and two upper-case hexadecimal digits.
        if (text[i] != '+' || text.size() - i < 3) return bad;
        const std::string_view pair = text.substr(i + 1, 2);
        if (pair != ascii_upper(pair)) return bad;
        const auto octet = parse_hex(ascii_lower(pair));
        if (octet.has_error()) return bad;
        out += static_cast<char>(octet->front());
        i += 2;
    }
    return out;
}

}  // namespace sealpost::mail

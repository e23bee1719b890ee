#include "serve/reader/message_writer.hpp"

#include "base/text.hpp"
#include "core/people/address.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/direction_marks.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/trace.hpp"

#include <algorithm>

namespace sealpost::reader {
namespace {

constexpr std::size_t max_subject_bytes = 900;         // one line of the head holds it
constexpr std::size_t max_given_subject_bytes = 4096;  // "Re: " may stand before the longest that an envelope keeps
constexpr std::size_t max_text_bytes = 1024 * 1024;
constexpr std::size_t max_name_bytes = 200;
constexpr std::size_t max_ending_bytes = 12;  // with its dot
constexpr std::size_t max_address_bytes = 320;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string without_controls(std::string_view text)
{
    std::string clean(text);
    std::replace_if(clean.begin(), clean.end(), is_control, ' ');
    return clean;
}

// RFC 2045 §2.7 and RFC 5322 §2.3: lines of text end in CRLF and in nothing else.
std::string with_crlf(std::string_view text)
{
    std::string lines;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        if (text[i] == '\r' || text[i] == '\n')
            lines += "\r\n";
        else
            lines += text[i];
    }
    return lines;
}

// The ending tells programs what the file is, so that it stays.
void cut_stem(std::string& name)
{
    if (name.size() <= max_name_bytes) return;
    const std::size_t dot = name.rfind('.');
    const bool has_ending = dot != std::string::npos && name.size() - dot <= max_ending_bytes;
    const std::string ending = has_ending ? name.substr(dot) : "";
    mail::cut_text(name, max_name_bytes - ending.size());
    name += ending;
}

}  // namespace

std::string_view format_message_mode(MessageMode mode)
{
    switch (mode) {
        case MessageMode::reply: return "reply";
        case MessageMode::reply_all: return "reply_all";
        case MessageMode::forward: return "forward";
        case MessageMode::compose: return "compose";
    }
    return "reply";
}

std::string read_subject(http::Fields& fields)
{
    std::string subject = without_controls(fields.text_or("subject", max_given_subject_bytes, ""));
    mail::cut_text(subject, max_subject_bytes);
    return subject;
}

std::string read_text(http::Fields& fields) { return fields.text_or("text", max_text_bytes, ""); }

std::vector<std::string> read_recipients(http::Fields& fields, std::size_t most)
{
    std::vector<std::string> recipients;
    for (const auto& text : fields.texts("to", most, max_address_bytes)) {
        auto address = people::normalise_address(text);
        if (address.has_error())
            fields.complain("to", "holds something that is no mail address");
        else
            recipients.push_back(std::move(*address));
    }
    if (recipients.empty()) fields.complain("to", "names nobody");
    return recipients;
}

std::string format_addresses(const std::vector<std::string>& addresses)
{
    std::string list;
    for (const auto& address : addresses) list.append(list.empty() ? "" : ", ").append(address);
    return list;
}

MessageWriter::MessageWriter(MessageOrder order, const MessageHead& head, std::string_view text)
    : order_(std::move(order)), text_(with_crlf(text))
{
    const SendingIdentity& identity = order_.identity;
    order_.message_id = mail::make_message_id(identity.domain);
    fields_.emplace_back("From", identity.from);
    if (!identity.reply_to.empty()) fields_.emplace_back("Reply-To", identity.reply_to);
    fields_.emplace_back("To", head.to);
    if (!head.cc.empty()) fields_.emplace_back("Cc", head.cc);
    fields_.emplace_back("Subject", mail::encode_words(order_.subject));
    fields_.emplace_back("Date", format_rfc5322_date(head.at));
    fields_.emplace_back("Message-ID", order_.message_id);
    const std::string answered = without_controls(head.answered);
    if (!answered.empty()) {
        fields_.emplace_back("In-Reply-To", answered);
        fields_.emplace_back("References", answered);
    }
}

std::string MessageWriter::begin()
{
    std::string head = mime_.begin_mixed(fields_);
    head += mime_.add_text(text_);
    return head;
}

std::string MessageWriter::take(const http::MultipartEvent& event)
{
    if (const auto* begin = std::get_if<http::PartBegin>(&event))
        return mime_.begin_attachment(clean_file_name(begin->file_name.value_or("")), clean_media_type(begin->content_type));
    if (const auto* data = std::get_if<http::PartData>(&event)) return mime_.append(data->bytes);
    return mime_.end_attachment();
}

std::string MessageWriter::end() { return mime_.end(); }

std::string clean_file_name(std::string_view name)
{
    const auto slash = name.find_last_of("/\\");
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    std::string clean = mail::drop_direction_marks(without_controls(name));
    cut_stem(clean);
    const std::string_view plain = trim(clean);
    if (plain.empty() || plain == "." || plain == "..") return "attachment";
    return std::string(plain);
}

std::string clean_media_type(std::string_view type)
{
    const std::string plain = ascii_lower(trim(type.substr(0, std::min(type.find(';'), type.size()))));
    const auto slash = plain.find('/');
    const bool is_plain = slash != std::string::npos && slash > 0 && slash + 1 < plain.size() && plain.size() <= 127 &&
                          std::all_of(plain.begin(), plain.end(),
                                      [](char c) {
                                          return (c >= 'a' && c <= 'z') || is_ascii_digit(c) ||
                                                 std::string_view("/!#$&-^_.+").find(c) != std::string_view::npos;
                                      }) &&
                          std::count(plain.begin(), plain.end(), '/') == 1;
    // RFC 2045 §6.4: composite types may not be base64.
    const bool is_composite = plain.starts_with("multipart/") || plain.starts_with("message/");
    return is_plain && !is_composite ? plain : "application/octet-stream";
}

}  // namespace sealpost::reader

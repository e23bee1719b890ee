#include "serve/reader/reply_message.hpp"

#include "base/text.hpp"
#include "core/people/address.hpp"
#include "sys/http/fields.hpp"
#include "wire/mail/address_list.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/direction_marks.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/trace.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
constexpr std::size_t max_forward_recipients = 50;
constexpr std::size_t max_subject_bytes = 900;         // one line of the head holds it
constexpr std::size_t max_given_subject_bytes = 4096;  // "Re: " may stand before the longest that an envelope keeps
constexpr std::size_t max_text_bytes = 1024 * 1024;
constexpr std::size_t max_name_bytes = 200;
constexpr std::size_t max_ending_bytes = 12;  // with its dot

std::optional<ReplyMode> parse_mode(std::string_view text)
{
    for (const auto mode : {ReplyMode::reply, ReplyMode::reply_all, ReplyMode::forward})
        if (format_reply_mode(mode) == text) return mode;
    return std::nullopt;
}

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

std::string format_people(const std::vector<std::string>& addresses)
{
    std::string list;
    for (const auto& address : addresses) list.append(list.empty() ? "" : ", ").append(address);
    return list;
}

http::Checked<std::string> format_sender(const keys::Sender& sender)
{
    auto mailbox = mail::parse_mailbox(sender.address);
    if (mailbox.has_error()) return mailbox.error();
    return mail::format_named({sender.name, *mailbox});
}

struct Audience {
    std::string to;  // header values
    std::string cc;
    std::vector<std::string> recipients;
};

http::Checked<Audience> choose_audience(const ReplyContext& context, const ReplyText& text)
{
    Audience audience;
    if (text.mode == ReplyMode::forward) {
        audience.recipients = text.to;
        audience.to = format_people(text.to);
        return audience;
    }
    SEALPOST_TRY(audience.to, format_sender(context.policy.sender));
    audience.recipients = {context.policy.sender.address};
    if (text.mode == ReplyMode::reply) return audience;
    audience.recipients = list_reply_all(context.policy.sender, context.policy.recipients, context.own_addresses);
    audience.cc = format_people({audience.recipients.begin() + 1, audience.recipients.end()});
    return audience;
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

std::vector<std::string> list_reply_all(const keys::Sender& sender, const std::vector<std::string>& recipients,
                                        const std::vector<std::string>& own_addresses)
{
    std::vector<std::string> all{sender.address};
    for (const auto& address : recipients) {
        const bool is_own = std::find(own_addresses.begin(), own_addresses.end(), address) != own_addresses.end();
        if (!is_own && address != sender.address) all.push_back(address);
    }
    return all;
}

std::string_view format_reply_mode(ReplyMode mode)
{
    switch (mode) {
        case ReplyMode::reply: return "reply";
        case ReplyMode::reply_all: return "reply_all";
        case ReplyMode::forward: return "forward";
    }
    return "reply";
}

http::Checked<ReplyText> parse_reply_text(std::string_view json_text)
{
    boost::system::error_code error;
    const auto value = json::parse({json_text.data(), json_text.size()}, error);
    if (error || !value.is_object()) return http::bad_request("reply", "The field \"reply\" is no JSON object.");
    http::Fields fields(value.get_object());
    ReplyText reply;
    const auto mode = parse_mode(fields.text("mode", 20));
    if (mode)
        reply.mode = *mode;
    else
        fields.complain("mode", "is none of reply, reply_all, forward");
    reply.subject = without_controls(fields.text_or("subject", max_given_subject_bytes, ""));
    mail::cut_text(reply.subject, max_subject_bytes);
    reply.text = fields.text_or("text", max_text_bytes, "");
    if (reply.mode == ReplyMode::forward) {
        for (const auto& text : fields.texts("to", max_forward_recipients, 320)) {
            auto address = people::normalise_address(text);
            if (address.has_error())
                fields.complain("to", "holds something that is no mail address");
            else
                reply.to.push_back(std::move(*address));
        }
        if (reply.to.empty()) fields.complain("to", "names nobody");
    }
    SEALPOST_CHECK(fields.check());
    return reply;
}

http::Checked<ReplyMessage> ReplyMessage::make(const ReplyContext& context, const ReplyText& text)
{
    SEALPOST_TRY(auto audience, choose_audience(context, text));
    ReplyMessage message;
    message.order_ = {context.policy.id.value(),
                      context.person,
                      context.person_id,
                      text.mode,
                      std::move(audience.recipients),
                      mail::make_message_id(context.identity.domain),
                      context.once,
                      text.subject,
                      context.identity};
    auto& fields = message.fields_;
    fields.emplace_back("From", context.identity.from);
    if (!context.identity.reply_to.empty()) fields.emplace_back("Reply-To", context.identity.reply_to);
    fields.emplace_back("To", audience.to);
    if (!audience.cc.empty()) fields.emplace_back("Cc", audience.cc);
    fields.emplace_back("Subject", mail::encode_words(text.subject));
    fields.emplace_back("Date", format_rfc5322_date(context.now));
    fields.emplace_back("Message-ID", message.order_.message_id);
    // RFC 5322 §3.6.4: the thread goes on; a forward starts its own.
    const std::string parent = without_controls(context.policy.message_id);
    if (text.mode != ReplyMode::forward && !parent.empty()) {
        fields.emplace_back("In-Reply-To", parent);
        fields.emplace_back("References", parent);
    }
    message.text_ = with_crlf(text.text);
    return message;
}

std::string ReplyMessage::begin()
{
    std::string head = mime_.begin_mixed(fields_);
    head += mime_.add_text(text_);
    return head;
}

std::string ReplyMessage::take(const http::MultipartEvent& event)
{
    if (const auto* begin = std::get_if<http::PartBegin>(&event))
        return mime_.begin_attachment(clean_file_name(begin->file_name.value_or("")), clean_media_type(begin->content_type));
    if (const auto* data = std::get_if<http::PartData>(&event)) return mime_.append(data->bytes);
    return mime_.end_attachment();
}

std::string ReplyMessage::end() { return mime_.end(); }

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

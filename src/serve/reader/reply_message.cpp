#include "serve/reader/reply_message.hpp"

#include "sys/http/fields.hpp"
#include "sys/jsonread/jsonread.hpp"
#include "wire/mail/address_list.hpp"

#include <algorithm>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
constexpr std::size_t max_forward_recipients = 50;

std::optional<MessageMode> parse_mode(std::string_view text)
{
    for (const auto mode : {MessageMode::reply, MessageMode::reply_all, MessageMode::forward})
        if (format_message_mode(mode) == text) return mode;
    return std::nullopt;
}

http::Checked<std::string> format_sender(const keys::Sender& sender)
{
    auto mailbox = mail::parse_mailbox(sender.address);
    if (mailbox.has_error()) return mailbox.error();
    return mail::format_named({sender.name, *mailbox});
}

struct Audience {
    MessageHead head;  // To and Cc of it
    std::vector<std::string> recipients;
};

http::Checked<Audience> choose_audience(const ReplyContext& context, const ReplyText& text)
{
    Audience audience;
    if (text.mode == MessageMode::forward) {
        audience.recipients = text.to;
        audience.head.to = format_addresses(text.to);
        return audience;
    }
    SEALPOST_TRY(audience.head.to, format_sender(context.policy.sender));
    audience.recipients = {context.policy.sender.address};
    if (text.mode == MessageMode::reply) return audience;
    audience.recipients = list_reply_all(context.policy.sender, context.policy.recipients, context.own_addresses);
    audience.head.cc = format_addresses({audience.recipients.begin() + 1, audience.recipients.end()});
    return audience;
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

http::Checked<ReplyText> parse_reply_text(std::string_view json_text)
{
    const auto object = jsonread::parse_object(json_text);
    if (!object) return http::bad_request("reply", "The field \"reply\" is no JSON object.");
    http::Fields fields(*object);
    ReplyText reply;
    const auto mode = parse_mode(fields.text("mode", 20));
    if (mode)
        reply.mode = *mode;
    else
        fields.complain("mode", "is none of reply, reply_all, forward");
    reply.subject = read_subject(fields);
    reply.text = read_text(fields);
    if (reply.mode == MessageMode::forward) reply.to = read_recipients(fields, max_forward_recipients);
    SEALPOST_CHECK(fields.check());
    return reply;
}

http::Checked<MessageWriter> make_reply(const ReplyContext& context, const ReplyText& text)
{
    SEALPOST_TRY(auto audience, choose_audience(context, text));
    MessageOrder order;
    order.envelope_id = context.policy.id.value();
    order.person = context.person;
    order.person_id = context.person_id;
    order.mode = text.mode;
    order.recipients = std::move(audience.recipients);
    order.once = context.once;
    order.subject = text.subject;
    order.identity = context.identity;
    // RFC 5322 §3.6.4: the thread goes on; a forward starts its own.
    if (text.mode != MessageMode::forward) audience.head.answered = context.policy.message_id;
    audience.head.at = context.now;
    return MessageWriter(std::move(order), audience.head, text.text);
}

}  // namespace sealpost::reader

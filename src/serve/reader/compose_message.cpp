#include "serve/reader/compose_message.hpp"

#include "core/people/address.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <algorithm>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
constexpr std::size_t max_recipients = 20;
constexpr std::size_t max_address_bytes = 320;

std::vector<std::string> without_doubles(std::vector<std::string> addresses)
{
    std::vector<std::string> each;
    for (auto& address : addresses)
        if (std::find(each.begin(), each.end(), address) == each.end()) each.push_back(std::move(address));
    return each;
}

std::string read_sender(http::Fields& fields)
{
    const std::string written = fields.text_or("from", max_address_bytes, "");
    if (written.empty()) return {};
    auto address = people::normalise_address(written);
    if (address.has_value()) return std::move(*address);
    fields.complain("from", "is no mail address");
    return {};
}

}  // namespace

http::Checked<ComposeText> parse_compose_text(std::string_view json_text)
{
    const auto object = jsonread::parse_object(json_text);
    if (!object) return http::bad_request("message", "The field \"message\" is no JSON object.");
    http::Fields fields(*object);
    ComposeText message;
    message.from = read_sender(fields);
    message.to = without_doubles(read_recipients(fields, max_recipients));
    message.subject = read_subject(fields);
    message.text = read_text(fields);
    SEALPOST_CHECK(fields.check());
    return message;
}

MessageWriter begin_thread(MessageOrder order, const ComposeText& text, WallTime now)
{
    order.mode = MessageMode::compose;
    order.subject = text.subject;
    MessageHead head;
    head.to = format_addresses(text.to);
    head.at = now;
    return MessageWriter(std::move(order), head, text.text);
}

}  // namespace sealpost::reader

#include "serve/reader/message_form.hpp"

#include <boost/json/array.hpp>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

constexpr std::size_t max_order_bytes = 2 * 1024 * 1024;
constexpr std::size_t max_key_bytes = 64;
constexpr std::string_view key_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Task<Checked<void>> write_attachments(http::MultipartReader& form, MessageWriter& writer, MessageDraft& draft)
{
    while (true) {
        SEALPOST_CO_TRY(auto event, co_await form.next());
        if (!event) break;
        if (const auto* begin = std::get_if<http::PartBegin>(&*event); begin && begin->name != "attachment")
            co_return http::bad_request(begin->name, "Only attachments may follow the first field.");
        std::string piece = writer.take(*event);
        if (!piece.empty()) SEALPOST_CO_CHECK(co_await draft.write(std::move(piece)));
    }
    co_return Checked<void>();
}

Response format_accepted(const MessageAccepted& accepted, const SendingIdentity& identity)
{
    json::array deliveries;
    for (const auto& delivery : accepted.deliveries) {
        json::object entry;
        entry["address"] = delivery.address;
        entry["way"] = delivery.way;
        entry["domain"] = delivery.domain;
        deliveries.push_back(std::move(entry));
    }
    json::object answer;
    answer["message_id"] = accepted.message_id;
    answer["sent_as"] = identity.sent_as;
    answer["sent_as_reason"] = identity.reason;
    answer["deliveries"] = std::move(deliveries);
    return http::json_response(202, answer);
}

}  // namespace

http::RouteOptions take_message_form(const Desk& desk)
{
    auto options = http::from_own_pages(desk.parts.origin, desk.parts.max_message_bytes + max_order_bytes);
    for (const auto& guard : desk.parts.storage_guards) options.guards.push_back(guard);
    return options;
}

Checked<std::string> find_boundary(const Request& request)
{
    auto boundary = http::parse_boundary(request.headers.find("Content-Type").value_or(""));
    if (boundary.has_error()) return http::bad_request("Content-Type", boundary.error().text);
    return std::move(*boundary);
}

Task<Checked<std::string>> read_first_field(http::MultipartReader& form, std::string name)
{
    SEALPOST_CO_TRY(auto first, co_await form.next());
    const auto* begin = first ? std::get_if<http::PartBegin>(&*first) : nullptr;
    if (!begin || begin->name != name) co_return http::bad_request(name, "The form must begin with the field \"" + name + "\".");
    std::string text;
    while (true) {
        SEALPOST_CO_TRY(auto event, co_await form.next());
        if (!event || std::holds_alternative<http::PartEnd>(*event)) break;
        const auto* data = std::get_if<http::PartData>(&*event);
        if (data) text += data->bytes;
        if (text.size() > max_order_bytes) co_return http::too_large();
    }
    co_return text;
}

Checked<std::string> read_idempotency_key(const Request& request)
{
    std::string key(request.headers.find("Idempotency-Key").value_or(""));
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
    const bool is_plain = key.find_first_not_of(key_letters) == std::string::npos;
    if (key.size() > max_key_bytes || !is_plain)
        return http::bad_request("Idempotency-Key", "It has 64 letters, digits, \"-\" and \"_\" at most.");
    return key;
}

Task<Checked<std::optional<Response>>> answer_repeated(const Desk& desk, http::MultipartReader& form, MessageOrder order)
{
    SEALPOST_CO_TRY(const auto earlier, co_await desk.parts.outbox->find_accepted(order));
    if (!earlier) co_return std::optional<Response>();
    SEALPOST_CO_TRY(const auto identity, co_await desk.parts.outbox->choose_identity(order.person));
    while (true) {
        SEALPOST_CO_TRY(const auto event, co_await form.next());
        if (!event) break;
    }
    co_return std::optional(format_accepted(*earlier, identity));
}

Task<Checked<Response>> send_message(const Desk& desk, http::MultipartReader& form, MessageWriter writer)
{
    auto draft = desk.parts.outbox->begin_message();
    SEALPOST_CO_CHECK(co_await draft->write(writer.begin()));
    SEALPOST_CO_CHECK(co_await write_attachments(form, writer, *draft));
    SEALPOST_CO_CHECK(co_await draft->write(writer.end()));
    SEALPOST_CO_TRY(const auto accepted, co_await draft->send(writer.order()));
    co_return format_accepted(accepted, writer.order().identity);
}

}  // namespace sealpost::reader

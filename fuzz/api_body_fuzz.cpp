// room: sys/http sys/jsonread wire/mail
// sources: serve/keyserver/envelope_json.cpp serve/reader/reply_message.cpp serve/reader/message_writer.cpp
// sources: serve/reader/compose_message.cpp core/people/address.cpp core/people/assurance.cpp core/keys/envelope.cpp
// sources: serve/gateway/service_answer.cpp
//
// The bodies of the calls that strangers and other machines may fill: what is written in the reader, a reply or a message that
// begins, an envelope's record that a gateway registers, and what a gateway is answered. What is taken stays within its limits,
// and becomes a message that is one: lines of fair length, no header but ours.
#include "serve/gateway/service_answer.hpp"
#include "serve/keyserver/envelope_json.hpp"
#include "serve/reader/compose_message.hpp"
#include "serve/reader/reply_message.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json/parse.hpp>

#include <cstdlib>

using namespace sealpost;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

reader::ReplyContext make_context()
{
    reader::ReplyContext context;
    context.policy.id = keys::EnvelopeId("abcdefghijklmnopqrstuvwxya");
    context.policy.sender = {"alice@acme.test", "Alice, Acme"};
    context.policy.recipients = {"bob@partner.test", "carol@partner.test"};
    context.policy.message_id = "<1@acme.test>";
    context.person = "bob@partner.test";
    context.own_addresses = {"bob@partner.test"};
    context.identity.from = "bob via keys.test <noreply@keys.test>";
    context.identity.domain = "keys.test";
    return context;
}

void check_message(std::string_view message)
{
    const auto end = mail::find_end_of_head(message);
    require(end.has_value());
    const auto head = mail::HeaderBlock::parse(message.substr(0, *end));
    require(head.has_value() && head->find("Bcc") == std::nullopt && head->find("From").has_value());
    for (std::size_t at = 0; at < message.size();) {
        const std::size_t line_end = message.find('\n', at);
        require(line_end != std::string_view::npos && line_end > at && message[line_end - 1] == '\r');
        require(line_end - at < 1000 && message.substr(at, line_end - 1 - at).find('\r') == std::string_view::npos);
        at = line_end + 1;
    }
}

void check_written(reader::MessageWriter writer, std::string_view text)
{
    std::string written = writer.begin();
    written += writer.take(http::PartBegin{"file", std::string(text.substr(0, 300)), std::string(text.substr(0, 100))});
    written += writer.take(http::PartData{std::string(text)});
    written += writer.take(http::PartEnd{});
    check_message(written + writer.end());
}

void check_begun(std::string_view text)
{
    const auto begun = reader::parse_compose_text(text);
    if (begun.has_error()) return;
    require(begun->subject.size() <= 900 && !begun->to.empty() && begun->to.size() <= 20);
    reader::MessageOrder order;
    order.identity = make_context().identity;
    check_written(reader::begin_thread(std::move(order), *begun, {}), text);
}

void check_reply(std::string_view text)
{
    const auto reply = reader::parse_reply_text(text);
    if (reply.has_error()) return;
    require(reply->subject.size() <= 900 && reply->to.size() <= 50);
    auto message = reader::make_reply(make_context(), *reply);
    require(message.has_value());
    require(!message->order().recipients.empty() && message->order().recipients.size() <= 50);
    check_written(std::move(*message), text);
}

void check_envelope(std::string_view text)
{
    boost::system::error_code error;
    const auto value = boost::json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return;
    const auto envelope =
        keyserver::parse_envelope(value.get_object(), keys::EnvelopeId("abcdefghijklmnopqrstuvwxya"), keys::AccountId(1));
    if (envelope.has_error()) return;
    const auto& policy = envelope->policy;
    require(!policy.recipients.empty() && policy.recipients.size() <= 1000 && !policy.sender.address.empty());
    require(policy.message_id.size() <= 998 && envelope->identity.size() <= 100);
}

void check_answer(std::string_view text)
{
    http::ClientResponse response;
    response.status = 422;
    response.body = text;
    const std::string problem = gateway::find_problem(response);
    require(!problem.empty() && problem.size() <= 64 && mail::is_all_visible(problem));
    const auto ending = gateway::parse_ending(text);
    require(ending.has_value() || ending.error().fault == Fault::retry_later);
    const auto organisation = gateway::parse_organisation(text);
    require(organisation.has_value() ? mail::is_utf8(*organisation) : organisation.error().fault == Fault::retry_later);
    const auto stored = gateway::parse_stored(text, "https://keys.test");
    if (stored.has_error()) return require(stored.error().fault == Fault::retry_later);
    require(stored->service_url == "https://keys.test" && mail::is_utf8(stored->organisation));
    require(stored->recipients.size() < text.size() && !stored->expires_at);
    for (const auto& recipient : stored->recipients)
        require(mail::is_utf8(recipient.address) && mail::is_utf8(recipient.language));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_reply(text);
    check_begun(text);
    check_envelope(text);
    check_answer(text);
    (void)reader::clean_file_name(text);
    return 0;
}

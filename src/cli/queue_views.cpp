#include "cli/queue_views.hpp"

#include "cli/own_store.hpp"
#include "cli/service_store.hpp"
#include "serve/node/ownership.hpp"
#include "wire/mail/visible_text.hpp"

#include <iostream>

namespace sealpost::cli {

namespace json = boost::json;
using queue::MessageId;
using queue::MessageView;
using queue::Queue;
using queue::RecipientView;

Result<std::shared_ptr<Queue>> open_queue(const Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(auto database, open_store(config, Missing::refused));
    queue::Settings settings;
    settings.hostname = config.node.hostname;
    settings.bounce_lane = node::find_bounce_lane(config);
    return Queue::open_beside(std::move(database), system_clock(), log::Log::silent(), settings);
}

namespace {

json::value to_json(const std::optional<WallTime>& time)
{
    if (!time) return nullptr;
    return json::string(format_rfc3339(*time));
}

// The facts are the Deliverer's JSON; what is none is shown as text.
json::value parse_facts(const std::string& facts)
{
    if (facts.empty()) return nullptr;
    boost::system::error_code code;
    auto value = json::parse(facts, code);
    if (code) return json::string(facts);
    return value;
}

json::object to_json(const RecipientView& recipient)
{
    return {{"index", recipient.index},
            {"address", recipient.address},
            {"state", queue::format_state(recipient.state)},
            {"enhanced_code", recipient.enhanced_code},
            {"text", recipient.text},
            {"remote_host", recipient.remote_host},
            {"facts", parse_facts(recipient.facts)},
            {"finished_at", to_json(recipient.finished_at)}};
}

json::object to_json(const MessageView& message)
{
    json::array recipients;
    for (const auto& recipient : message.recipients) recipients.push_back(to_json(recipient));
    return {{"id", message.id.value()},
            {"parent", message.parent == MessageId() ? json::value(nullptr) : json::value(message.parent.value())},
            {"lane", message.lane},
            {"sender", message.sender},
            {"size", message.size},
            {"accepted_at", format_rfc3339(message.accepted_at)},
            {"due_at", to_json(message.due_at)},
            {"attempts", message.attempts},
            {"facts", parse_facts(message.facts)},
            {"recipients", std::move(recipients)}};
}

// " TLSv1.3 TLS_AES_256_GCM_SHA384, proven (dane-ee), certificate ab12…", or nothing.
std::string describe_tls(const std::string& facts)
{
    const json::value value = parse_facts(facts);
    if (!value.is_object() || !value.get_object().contains("tls")) return {};
    const json::value& tls = value.at("tls");
    if (!tls.is_object()) return ", tls=none";
    const auto word = [&](const char* key) {
        const auto* found = tls.get_object().if_contains(key);
        return found && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    const auto* verified = tls.get_object().if_contains("verified");
    const bool is_proven = verified && verified->is_bool() && verified->get_bool();
    const std::string proof = word("proof");
    return ", " + word("version") + " " + word("cipher") + (is_proven ? ", proven" : ", not proven") +
           (is_proven && !proof.empty() ? " (" + proof + ")" : "") + ", certificate " + word("fingerprint");
}

std::string describe(const RecipientView& recipient)
{
    std::string text = "    " + recipient.address + ": " + std::string(queue::format_state(recipient.state));
    if (recipient.finished_at) text += " at " + format_rfc3339(*recipient.finished_at);
    if (!recipient.remote_host.empty()) text += ", " + recipient.remote_host;
    if (!recipient.text.empty()) text += " said: " + recipient.enhanced_code + " " + recipient.text;
    text += describe_tls(recipient.facts);
    return mail::show_line(text) + "\n";
}

std::string find_message_id(const std::string& facts)
{
    const json::value value = parse_facts(facts);
    const auto* found = value.is_object() ? value.get_object().if_contains("message_id") : nullptr;
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string describe(const MessageView& message)
{
    const std::string sender = message.sender.empty() ? "<>" : message.sender;
    std::string text = std::to_string(message.id.value()) + "  " + sender + "  " + std::to_string(message.size) +
                       " octets  lane " + message.lane + "  accepted " + format_rfc3339(message.accepted_at) + "  attempts " +
                       std::to_string(message.attempts);
    if (message.due_at) text += "  next " + format_rfc3339(*message.due_at);
    if (message.parent != MessageId()) text += "  from message " + std::to_string(message.parent.value());
    text = mail::show_line(text) + "\n";
    if (const std::string id = find_message_id(message.facts); !id.empty())
        text += "    Message-ID <" + mail::show_line(id) + ">\n";
    for (const auto& recipient : message.recipients) text += describe(recipient);
    return text;
}

}  // namespace

void answer_list(Context& context, std::vector<MessageView> messages, int limit, const std::string& by)
{
    json::value next;
    if (messages.size() > static_cast<std::size_t>(limit)) {
        messages.pop_back();
        next = messages.back().id.value();
    }
    json::array list;
    std::string text;
    for (const auto& message : messages) {
        list.push_back(to_json(message));
        text += describe(message);
    }
    if (messages.empty()) text = "nothing found";
    context.answer(json::object{{"messages", std::move(list)}, {"next_" + by, next}}, text);
    if (!context.json && !next.is_null())
        std::cerr << "sealpost: there are more: --" << by << ' ' << next.as_int64() << " lists them\n";
}

Result<Told> tell(Queue& queue, const MessageView& message)
{
    SEALPOST_TRY(const auto children, wait_for(queue.find_children(message.id)));
    Told told{to_json(message), describe(message)};
    json::array list;
    for (const auto child : children) {
        list.push_back(child.value());
        told.text += "    led to message " + std::to_string(child.value()) + "\n";
    }
    told.object["children"] = std::move(list);
    return told;
}

Result<MessageView> find_one(Queue& queue, std::int64_t number)
{
    SEALPOST_TRY(auto message, wait_for(queue.track(MessageId(number))));
    if (message) return std::move(*message);
    return Error{Fault::denied, "there is no message " + std::to_string(number) +
                                    ", waiting or finished within 30 days; `track` finds others by address, time or Message-ID"};
}

Result<> show_one(Context& context, Queue& queue, std::int64_t number)
{
    SEALPOST_TRY(const auto message, find_one(queue, number));
    SEALPOST_TRY(const auto told, tell(queue, message));
    context.answer(told.object, told.text);
    return {};
}

}  // namespace sealpost::cli

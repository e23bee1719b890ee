#include "serve/portal/deliveries.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace sealpost::portal {
namespace json = boost::json;
namespace {

constexpr std::string_view reply_lane = "reply";
constexpr int most_messages = 100;

json::object parse_object(const std::string& text)
{
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::string find_text(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Under whose name the reply went: as the last attempt saw it, or else as it was written.
json::value find_identity(std::initializer_list<std::string_view> from_last_to_first)
{
    for (const auto facts : from_last_to_first) {
        const auto object = parse_object(std::string(facts));
        const auto* identity = object.if_contains("identity");
        if (identity && identity->is_object()) return *identity;
    }
    return nullptr;
}

std::string_view format_row_state(queue::RecipientState state)
{
    switch (state) {
        case queue::RecipientState::waiting: return "queued";
        case queue::RecipientState::held: return "held";
        case queue::RecipientState::delivered: return "delivered";
        case queue::RecipientState::relayed_elsewhere: return "queued";  // as an envelope, until that is delivered
        case queue::RecipientState::failed:
        case queue::RecipientState::removed: break;
    }
    return "bounced";
}

}  // namespace

Task<Result<bool>> Deliveries::is_ours(const queue::MessageView& message)
{
    if (message.lane != reply_lane) co_return false;
    const auto id = keys::parse_envelope_id(find_text(parse_object(message.facts), "envelope"));
    if (!id) co_return false;
    SEALPOST_CO_TRY(const auto envelope, co_await desk_.parts.keys->find(*id));
    co_return envelope && envelope->policy.account == account_;
}

// Where the reply went on as an envelope: that message's fate is the reply's.
Task<Result<std::optional<queue::RecipientView>>> Deliveries::find_sealed(queue::MessageId message, std::string address)
{
    SEALPOST_CO_TRY(const auto children, co_await desk_.parts.queue->find_children(message));
    for (const auto& child : children) {
        SEALPOST_CO_TRY(auto view, co_await desk_.parts.queue->track(child));
        if (!view) continue;
        for (auto& recipient : view->recipients)
            if (recipient.address == address) co_return std::optional(std::move(recipient));
    }
    co_return std::optional<queue::RecipientView>();
}

Task<Result<json::object>> Deliveries::describe(const queue::MessageView& message, const queue::RecipientView& recipient)
{
    queue::RecipientView last = recipient;
    bool is_sealed = false;
    if (recipient.state == queue::RecipientState::relayed_elsewhere) {
        SEALPOST_CO_TRY(auto sealed, co_await find_sealed(message.id, recipient.address));
        if (sealed) last = std::move(*sealed);
        is_sealed = true;
    }
    const auto facts = parse_object(last.facts);
    const auto* tls = facts.if_contains("tls");
    json::object row;
    row["id"] = std::to_string(message.id.value()) + "-" + std::to_string(recipient.index);
    row["time"] = format_rfc3339(last.finished_at.value_or(message.accepted_at));
    row["from"] = find_text(parse_object(message.facts), "person");
    row["to"] = recipient.address;
    row["way"] = is_sealed ? "envelope" : "tls";
    row["state"] = format_row_state(last.state);
    row["host"] = last.remote_host;
    row["tls"] = tls && tls->is_object() ? *tls : json::value(nullptr);
    row["detail"] = last.text;
    row["identity"] = find_identity({last.facts, recipient.facts, message.facts});
    row["sent_as"] = row["identity"].is_object() ? find_text(row["identity"].get_object(), "sent_as") : "service";
    co_return row;
}

Task<Result<void>> Deliveries::add_message(Page& page, queue::MessageView message)
{
    SEALPOST_CO_TRY(const bool ours, co_await is_ours(message));
    if (!ours) co_return Result<void>();
    for (const auto& recipient : message.recipients) {
        SEALPOST_CO_TRY(auto row, co_await describe(message, recipient));
        page.rows.push_back(std::move(row));
    }
    co_return Result<void>();
}

Task<Result<void>> Deliveries::add_waiting(Page& page)
{
    SEALPOST_CO_TRY(auto waiting, co_await desk_.parts.queue->list(queue::ListFilter()));
    std::reverse(waiting.begin(), waiting.end());
    for (auto& message : waiting) SEALPOST_CO_CHECK(co_await add_message(page, std::move(message)));
    co_return Result<void>();
}

Task<Result<void>> Deliveries::add_finished(Page& page, queue::MessageId before)
{
    queue::HistoryFilter filter;
    filter.before = before;
    filter.most = most_messages;
    SEALPOST_CO_TRY(auto finished, co_await desk_.parts.queue->find_history(std::move(filter)));
    if (finished.size() == static_cast<std::size_t>(most_messages)) page.next = finished.back().id.value();
    for (auto& message : finished) SEALPOST_CO_CHECK(co_await add_message(page, std::move(message)));
    co_return Result<void>();
}

Task<Result<Deliveries::Page>> Deliveries::load(std::int64_t number)
{
    Page page;
    const bool is_first = number <= 1;
    if (is_first) SEALPOST_CO_CHECK(co_await add_waiting(page));
    SEALPOST_CO_CHECK(co_await add_finished(page, queue::MessageId(is_first ? 0 : number)));
    co_return page;
}

}  // namespace sealpost::portal

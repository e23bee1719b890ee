#include "serve/portal/deliveries.hpp"

#include "core/queue/lanes.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <algorithm>

namespace sealpost::portal {
namespace json = boost::json;
namespace {

constexpr int slice = 100;
constexpr int most_seen = 1000;  // messages of a call that wait, and as many that are finished
constexpr std::size_t enough_rows = 100;

// Where a page begins: among what waits or what is finished, before a message (0: at the newest).
struct Place {
    bool waits = true;
    queue::MessageId before;
};

// As `page` of the call: odd among what waits, so that 1 is the begin of all.
Place find_place(std::int64_t number) { return {number % 2 == 1, queue::MessageId(number / 2)}; }
std::int64_t format_place(const Place& place) { return place.before.value() * 2 + (place.waits ? 1 : 0); }

// What a Deliverer noted, or nothing.
json::object read_facts(std::string_view facts) { return jsonread::parse_object(facts).value_or(json::object()); }

// Under whose name the reply went: as the last attempt saw it, or else as it was written.
json::value find_identity(std::initializer_list<std::string_view> from_last_to_first)
{
    for (const auto facts : from_last_to_first) {
        const auto object = read_facts(facts);
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

// `last`: what became of the recipient, or of the envelope that carries it on.
json::object describe(const queue::MessageView& message, const queue::RecipientView& recipient, const queue::RecipientView& last)
{
    const bool is_sealed = recipient.state == queue::RecipientState::relayed_elsewhere;
    const auto facts = read_facts(last.facts);
    const auto* tls = facts.if_contains("tls");
    json::object row;
    row["id"] = std::to_string(message.id.value()) + "-" + std::to_string(recipient.index);
    row["time"] = format_rfc3339(last.finished_at.value_or(message.accepted_at));
    row["from"] = jsonread::find_text(read_facts(message.facts), "person");
    row["to"] = recipient.address;
    row["way"] = is_sealed ? "envelope" : "tls";
    row["state"] = format_row_state(last.state);
    row["host"] = last.remote_host;
    row["tls"] = tls && tls->is_object() ? *tls : json::value(nullptr);
    row["detail"] = last.text;
    row["identity"] = find_identity({last.facts, recipient.facts, message.facts});
    row["sent_as"] =
        row["identity"].is_object() ? std::string(jsonread::find_text(row["identity"].get_object(), "sent_as")) : "service";
    return row;
}

}  // namespace

Task<Result<bool>> Deliveries::is_ours(const queue::MessageView& message)
{
    if (message.lane != queue::reply_lane) co_return false;
    const auto facts = read_facts(message.facts);
    if (const auto* account = facts.if_contains("account"))
        co_return account->is_int64() && account_ == people::AccountId(account->get_int64());
    const auto id = keys::parse_envelope_id(jsonread::find_text(facts, "envelope"));
    if (!id) co_return false;
    SEALPOST_CO_TRY(const auto envelope, co_await desk_.parts.keys->find(*id));
    co_return envelope && envelope->policy.account == account_;
}

// Where the reply went on as an envelope: that message's fate is the reply's.
// Each of them is looked up once, however many recipients there are: they are as many as their domains.
Task<Result<Deliveries::Sealed>> Deliveries::load_sealed(queue::MessageView message)
{
    Sealed sealed;
    const auto is_sealed = [](const auto& each) { return each.state == queue::RecipientState::relayed_elsewhere; };
    if (std::ranges::none_of(message.recipients, is_sealed)) co_return sealed;
    SEALPOST_CO_TRY(const auto children, co_await desk_.parts.queue->find_children(message.id));
    for (const auto& child : children) {
        SEALPOST_CO_TRY(auto view, co_await desk_.parts.queue->track(child));
        if (!view) continue;
        for (auto& recipient : view->recipients) {
            std::string address = recipient.address;
            sealed.try_emplace(std::move(address), std::move(recipient));
        }
    }
    co_return sealed;
}

Task<Result<void>> Deliveries::add_message(Page& page, queue::MessageView message)
{
    SEALPOST_CO_TRY(const bool ours, co_await is_ours(message));
    if (!ours) co_return Result<void>();
    SEALPOST_CO_TRY(const auto sealed, co_await load_sealed(message));
    for (const auto& recipient : message.recipients) {
        const auto found = sealed.find(recipient.address);
        const bool is_carried_on = recipient.state == queue::RecipientState::relayed_elsewhere && found != sealed.end();
        page.rows.push_back(describe(message, recipient, is_carried_on ? found->second : recipient));
    }
    co_return Result<void>();
}

Task<Result<void>> Deliveries::add_waiting(Page& page, queue::MessageId before)
{
    queue::ListFilter filter;
    filter.lane = queue::reply_lane;
    filter.newest_first = true;
    filter.after = before;
    filter.most = slice;
    for (int seen = 0; seen < most_seen && page.rows.size() < enough_rows; seen += slice) {
        SEALPOST_CO_TRY(auto waiting, co_await desk_.parts.queue->list(filter));
        const bool is_last = waiting.size() < static_cast<std::size_t>(slice);
        if (!is_last) filter.after = waiting.back().id;
        for (auto& message : waiting) SEALPOST_CO_CHECK(co_await add_message(page, std::move(message)));
        if (is_last) co_return Result<void>();
    }
    page.next = format_place({true, filter.after});
    co_return Result<void>();
}

Task<Result<void>> Deliveries::add_finished(Page& page, queue::MessageId before)
{
    queue::HistoryFilter filter;
    filter.lane = queue::reply_lane;
    filter.before = before;
    filter.most = slice;
    for (int seen = 0; seen == 0 || (seen < most_seen && page.rows.empty()); seen += slice) {
        SEALPOST_CO_TRY(auto finished, co_await desk_.parts.queue->find_history(filter));
        const bool is_last = finished.size() < static_cast<std::size_t>(slice);
        if (!is_last) filter.before = finished.back().id;
        for (auto& message : finished) SEALPOST_CO_CHECK(co_await add_message(page, std::move(message)));
        if (is_last) co_return Result<void>();
    }
    page.next = format_place({false, filter.before});
    co_return Result<void>();
}

Task<Result<Deliveries::Page>> Deliveries::load(std::int64_t number)
{
    Page page;
    const Place place = find_place(number);
    if (place.waits) SEALPOST_CO_CHECK(co_await add_waiting(page, place.before));
    if (page.next) co_return page;
    SEALPOST_CO_CHECK(co_await add_finished(page, place.waits ? queue::MessageId() : place.before));
    co_return page;
}

}  // namespace sealpost::portal

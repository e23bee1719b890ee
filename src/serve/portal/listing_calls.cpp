#include "base/text.hpp"
#include "serve/keyserver/custody.hpp"
#include "serve/keyserver/envelope_list.hpp"
#include "serve/portal/deliveries.hpp"

#include <boost/json/serialize.hpp>

#include <limits>

namespace sealpost::portal {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

constexpr std::int64_t most_deliveries_page = (1LL << 53) - 1;  // what a number of JSON tells exactly

Task<Checked<Response>> list_envelopes(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    keys::ListQuery query;
    query.account = signed_in.account();
    auto answer = co_await keyserver::list_envelopes(desk.parts.keys, request, std::move(query));
    co_return answer;
}

Task<Checked<keyserver::Custodian>> require_custodian(std::shared_ptr<const Desk> desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk->require_signed_in(request, Purpose::change));
    keys::Actor actor(who_of(signed_in), people::network_of(request.peer.address));
    keyserver::Custodian custodian{keys::Holder(signed_in.account()), std::move(actor)};
    co_return custodian;
}

Task<Checked<Response>> list_deliveries(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto number, keyserver::read_page(request, most_deliveries_page));
    Deliveries deliveries(desk, signed_in.account());
    SEALPOST_CO_TRY(auto page, co_await deliveries.load(number));
    json::object answer;
    answer["deliveries"] = std::move(page.rows);
    answer["next_page"] = page.next ? json::value(*page.next) : json::value(nullptr);
    co_return http::json_response(200, answer);
}

// In the log and, as `sealpost queue release` does it, in the audit trail. It is released whatever becomes of that.
Task<void> note_released(const Desk& desk, const Request& request, std::string who, queue::MessageId id)
{
    desk.parts.log.info("delivery.released", {{"message", id.value()}, {"by", who}});
    const json::object details{{"ids", json::array{id.value()}}};
    people::AuditEntry entry{std::move(who), people::network_of(request.peer.address), "queue.released", "queue",
                             json::serialize(details)};
    auto kept = co_await desk.parts.admin->parts.people->audit().append(std::move(entry));
    if (kept.has_error()) desk.parts.log.warning("delivery.not_in_audit_trail", {{"problem", kept.error().text}});
}

Task<Checked<Response>> release_delivery(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    // "12-0": recipient 0 of message 12; holding and releasing go by message.
    const std::string& row = request.parameter("id");
    const auto number = parse_decimal(row.substr(0, row.find('-')));
    if (!number || *number > static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max()))
        co_return http::not_found();
    const queue::MessageId id(static_cast<std::int64_t>(*number));
    SEALPOST_CO_TRY(const auto message, co_await desk.parts.queue->show(id));
    if (!message) co_return http::not_found();
    Deliveries deliveries(desk, signed_in.account());
    SEALPOST_CO_TRY(const bool ours, co_await deliveries.is_ours(*message));
    if (!ours) co_return http::not_found();
    SEALPOST_CO_TRY(const bool released, co_await desk.parts.queue->release(id));
    if (!released) co_return http::not_found();
    co_await note_released(desk, request, who_of(signed_in), id);
    co_return http::empty_response(202);
}

}  // namespace

void add_listing_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = desk->admin().from_own_pages();
    router.add(http::Method::get, "/api/v1/admin/envelopes", http::call_with(desk, list_envelopes));
    const auto require = [desk](Request& request) { return require_custodian(desk, request); };
    keyserver::add_custody_routes(router, "/api/v1/admin/envelopes", {desk->parts.keys, require}, own);
    router.add(http::Method::get, "/api/v1/admin/deliveries", http::call_with(desk, list_deliveries));
    router.add(http::Method::post, "/api/v1/admin/deliveries/{id}/release", http::call_with(desk, release_delivery), own);
}

}  // namespace sealpost::portal

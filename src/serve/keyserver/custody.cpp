// Locking, unlocking, expiry and recall: alike for gateways, administrators and senders.
#include "serve/keyserver/custody.hpp"

#include "sys/http/fields.hpp"

namespace sealpost::keyserver {
namespace {

using http::Checked;
using http::Request;
using http::Response;

constexpr std::size_t max_reason_bytes = 500;

Checked<Response> answer_change(keys::ChangeVerdict verdict)
{
    switch (verdict) {
        case keys::ChangeVerdict::done: return http::empty_response(204);
        case keys::ChangeVerdict::unknown: return http::not_found();
        case keys::ChangeVerdict::expired: return http::Problem(410, "expired", "The envelope has expired");
        case keys::ChangeVerdict::erased: return http::Problem(410, "erased", "The key was erased");
        case keys::ChangeVerdict::may_not_prolong:
            return http::not_allowed("Whoever sent an envelope can bring its expiry forward, and not put it off.");
        case keys::ChangeVerdict::locked_by_account:
            return http::Problem(403, "locked-by-account", "The organisation has locked this envelope");
    }
    return http::not_found();
}

Task<Checked<Response>> lock(const CustodyParts& parts, Request& request)
{
    SEALPOST_CO_TRY(auto by, co_await parts.require(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    std::string reason = fields.text("reason", max_reason_bytes);
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto verdict,
                    co_await parts.keys->lock(id, std::move(by.holder), std::move(reason), std::move(by.actor)));
    co_return answer_change(verdict);
}

Task<Checked<Response>> unlock(const CustodyParts& parts, Request& request)
{
    SEALPOST_CO_TRY(auto by, co_await parts.require(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    SEALPOST_CO_TRY(const auto verdict, co_await parts.keys->unlock(id, std::move(by.holder), std::move(by.actor)));
    co_return answer_change(verdict);
}

Task<Checked<Response>> change_expiry(const CustodyParts& parts, Request& request)
{
    SEALPOST_CO_TRY(auto by, co_await parts.require(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto expires_at = parse_rfc3339(fields.text("expires_at", 40));
    if (expires_at.has_error()) fields.complain("expires_at", "is no RFC 3339 time in UTC");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto verdict,
                    co_await parts.keys->change_expiry(id, std::move(by.holder), *expires_at, std::move(by.actor)));
    co_return answer_change(verdict);
}

Task<Checked<Response>> recall(const CustodyParts& parts, Request& request)
{
    SEALPOST_CO_TRY(auto by, co_await parts.require(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    SEALPOST_CO_TRY(const auto verdict, co_await parts.keys->recall(id, std::move(by.holder), std::move(by.actor)));
    co_return answer_change(verdict);
}

}  // namespace

Checked<keys::EnvelopeId> read_envelope_id(const Request& request)
{
    auto id = keys::parse_envelope_id(request.parameter("id"));
    if (!id) return http::bad_request("id", "An envelope id is 26 characters of lower-case base32.");
    return *id;
}

void add_custody_routes(http::Router& router, const std::string& root, CustodyParts parts, const http::RouteOptions& options)
{
    const auto shared = std::make_shared<const CustodyParts>(std::move(parts));
    const auto add = [&](const std::string& what, auto call) {
        router.add(http::Method::post, root + "/{id}/" + what, http::call_with(shared, call), options);
    };
    add("lock", lock);
    add("unlock", unlock);
    add("expiry", change_expiry);
    add("recall", recall);
}

}  // namespace sealpost::keyserver

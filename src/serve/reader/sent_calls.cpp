// What somebody has sent: the envelopes that name one of their addresses as the sender's, what became of them, and what the
// sender decides about them since. The same for people of an organisation, whose gateway sealed it, and for those who wrote here.
#include "serve/keyserver/custody.hpp"
#include "serve/keyserver/envelope_list.hpp"
#include "serve/reader/desk.hpp"

namespace sealpost::reader {
namespace {

using http::Checked;
using http::Request;
using http::Response;

Task<Checked<Response>> list_sent(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::look));
    keys::ListQuery query;
    query.senders = signed_in.person.addresses;
    auto answer = co_await keyserver::list_envelopes(desk.parts.keys, request, std::move(query));
    co_return answer;
}

// Each change is a record in the audit trail for ever.
Task<Checked<keyserver::Custodian>> require_custodian(std::shared_ptr<const Desk> desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk->require_signed_in(request, Desk::Purpose::change));
    std::vector<people::GuardKey> keys;
    keys.push_back({people::GuardKey::Kind::custody, who_of(signed_in.person)});
    SEALPOST_CO_CHECK(co_await desk->admit(std::move(keys)));
    keys::Actor actor(who_of(signed_in.person), network_of(request));
    keyserver::Custodian custodian{keys::Holder(signed_in.person.addresses), std::move(actor)};
    co_return custodian;
}

}  // namespace

void add_sent_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = http::from_own_pages(desk->parts.origin);
    router.add(http::Method::get, "/api/v1/sent", http::call_with(desk, list_sent));
    const auto require = [desk](Request& request) { return require_custodian(desk, request); };
    keyserver::add_custody_routes(router, "/api/v1/sent", {desk->parts.keys, require}, own);
}

}  // namespace sealpost::reader

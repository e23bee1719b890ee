#include "serve/keyserver/keyserver.hpp"

#include "serve/keyserver/custody.hpp"
#include "serve/keyserver/description.hpp"
#include "serve/keyserver/envelope_json.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::keyserver {
namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

namespace {

constexpr std::uint64_t max_hosted_bytes = 256ULL * 1024 * 1024;
constexpr std::uint64_t max_record_bytes = 512 * 1024;  // a thousand recipients
constexpr std::size_t max_languages_asked = 1000;
constexpr std::string_view bearer = "Bearer ";

std::string who_of(const people::TokenFacts& token) { return "gateway:" + std::to_string(token.id.value()); }

http::Problem damaged()
{
    return {422, "damaged", "This is not the file of the record", "Size or SHA-256 differ; nothing was kept."};
}

// The calls, with the parts that they share. Lives as long as the router.
class Calls {
public:
    explicit Calls(Parts parts) : parts_(std::move(parts)) {}

    Task<Checked<Response>> put_envelope(Request& request);
    Task<Checked<Response>> put_content(Request& request);
    Task<Checked<Response>> show(Request& request);
    Task<Checked<Response>> list_languages(Request& request);
    Task<Checked<Custodian>> require_custodian(Request& request);

private:
    Task<Checked<people::TokenFacts>> check_caller(Request& request);
    Task<Checked<people::Account>> find_account(people::AccountId id);
    Task<Checked<json::array>> find_languages(people::Account account, std::vector<std::string> addresses);

    Parts parts_;
};

Task<Checked<people::TokenFacts>> Calls::check_caller(Request& request)
{
    const auto field = request.headers.find("Authorization");
    if (!field || !field->starts_with(bearer)) co_return http::not_signed_in();
    Secret token = Secret::copy_of(field->substr(bearer.size()));
    SEALPOST_CO_TRY(auto known, co_await parts_.people->accounts().check_token(std::move(token),
                                                                               std::string(people::Accounts::envelopes_scope)));
    if (!known) co_return http::not_signed_in();
    if (!known->is_of_enabled_account) co_return http::Problem(403, "account-disabled", "The account of this token is disabled");
    co_return std::move(*known);
}

Task<Checked<Custodian>> Calls::require_custodian(Request& request)
{
    SEALPOST_CO_TRY(const auto caller, co_await check_caller(request));
    keys::Actor actor(who_of(caller), people::network_of(request.peer.address));
    Custodian custodian{keys::Holder(caller.account), std::move(actor)};
    co_return custodian;
}

Task<Checked<people::Account>> Calls::find_account(people::AccountId id)
{
    SEALPOST_CO_TRY(auto account, co_await parts_.people->accounts().find(id));
    if (!account) co_return http::not_found();
    co_return std::move(*account);
}

Task<Checked<json::array>> Calls::find_languages(people::Account account, std::vector<std::string> addresses)
{
    json::array recipients;
    for (const auto& address : addresses) {
        SEALPOST_CO_TRY(const auto person, co_await parts_.people->persons().find_by_address(address));
        const bool has_chosen = person && !person->language.empty();
        json::object entry;
        entry["address"] = address;
        entry["language"] = has_chosen ? person->language : account.language;
        recipients.push_back(std::move(entry));
    }
    co_return recipients;
}

Task<Checked<Response>> Calls::put_envelope(Request& request)
{
    SEALPOST_CO_TRY(const auto caller, co_await check_caller(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    SEALPOST_CO_TRY(auto envelope, parse_envelope(body, id, caller.account));
    auto recipients = envelope.policy.recipients;
    SEALPOST_CO_TRY(const auto account, co_await find_account(caller.account));
    auto verdict = co_await parts_.keys->store(std::move(envelope));
    if (verdict.has_error() && verdict.error().fault == Fault::give_up) co_return http::bad_request("", verdict.error().text);
    if (verdict.has_error()) co_return verdict.error();
    if (*verdict == keys::StoreVerdict::conflict)
        co_return http::Problem(409, "conflict", "Another record is stored under this id");
    SEALPOST_CO_TRY(auto languages, co_await find_languages(account, std::move(recipients)));
    json::object answer;
    answer["id"] = id.value();
    answer["open_url"] = parts_.origin + "/open/" + id.value();
    answer["ingest_url"] = parts_.origin + "/ingest";
    answer["organisation"] = account.organisation;
    answer["recipients"] = std::move(languages);
    co_return http::json_response(*verdict == keys::StoreVerdict::created ? 201 : 200, answer);
}

Task<Checked<Response>> Calls::put_content(Request& request)
{
    SEALPOST_CO_TRY(const auto caller, co_await check_caller(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    auto writer = co_await parts_.keys->begin_hosted(id, caller.account);
    if (writer.has_error() && writer.error().fault == Fault::denied) co_return http::not_found();
    if (writer.has_error()) co_return writer.error();
    while (true) {
        SEALPOST_CO_TRY(std::string piece, co_await request.body->next());
        if (piece.empty()) break;
        auto written = co_await (*writer)->write(std::move(piece));
        if (written.has_error() && written.error().fault == Fault::denied) co_return damaged();
        if (written.has_error()) co_return written.error();
    }
    SEALPOST_CO_TRY(const auto verdict, co_await parts_.keys->finish_hosted(std::move(*writer)));
    if (verdict == keys::ContentVerdict::unknown) co_return http::not_found();
    if (verdict == keys::ContentVerdict::damaged) co_return damaged();
    co_return http::empty_response(204);
}

Task<Checked<Response>> Calls::show(Request& request)
{
    SEALPOST_CO_TRY(const auto caller, co_await check_caller(request));
    SEALPOST_CO_TRY(const auto id, read_envelope_id(request));
    SEALPOST_CO_TRY(const auto facts, co_await parts_.keys->find(id));
    if (!facts || facts->policy.account != caller.account) co_return http::not_found();
    co_return http::json_response(200, format_state(*facts));
}

Task<Checked<Response>> Calls::list_languages(Request& request)
{
    SEALPOST_CO_TRY(const auto caller, co_await check_caller(request));
    std::vector<std::string> addresses;
    for (const auto& asked : request.find_query_all("address")) {
        auto address = people::normalise_address(asked);
        if (address.has_error()) co_return http::bad_request("address", "\"" + asked + "\" is no mail address");
        addresses.push_back(std::move(*address));
    }
    if (addresses.size() > max_languages_asked) co_return http::bad_request("address", "too many addresses");
    SEALPOST_CO_TRY(const auto account, co_await find_account(caller.account));
    SEALPOST_CO_TRY(auto languages, co_await find_languages(account, std::move(addresses)));
    json::object answer;
    answer["organisation"] = account.organisation;
    answer["recipients"] = std::move(languages);
    co_return http::json_response(200, answer);
}

}  // namespace

Task<Response> describe_service(Request&) { co_return http::static_json_response(service_description); }

void add_routes(http::Router& router, Parts parts)
{
    const auto keys = parts.keys;
    const auto calls = std::make_shared<Calls>(std::move(parts));
    using Call = Task<Checked<Response>> (Calls::*)(Request&);
    const auto add = [&](http::Method method, std::string path, Call call, std::uint64_t most = 64 * 1024) {
        auto handler = http::answer_with([calls, call](Request& request) { return (*calls.*call)(request); });
        router.add(method, "/api/v1/" + path, std::move(handler), {most, {}});
    };
    using http::Method;
    add(Method::put, "envelopes/{id}", &Calls::put_envelope, max_record_bytes);
    add(Method::put, "envelopes/{id}/content", &Calls::put_content, max_hosted_bytes);
    add(Method::get, "envelopes/{id}", &Calls::show);
    add(Method::get, "languages", &Calls::list_languages);
    add_custody_routes(router, "/api/v1/envelopes",
                       {keys, [calls](Request& request) { return calls->require_custodian(request); }});
    router.add(Method::get, "/api/v1/openapi/service.json", describe_service);
}

}  // namespace sealpost::keyserver

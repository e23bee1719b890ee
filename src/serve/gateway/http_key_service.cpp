#include "serve/gateway/http_key_service.hpp"

#include "base/encoding.hpp"
#include "serve/gateway/service_answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sealpost::gateway {
namespace json = boost::json;
namespace {

// A hosted copy takes longer: the time is for each of its steps, and for lagging behind the least rate.
constexpr std::chrono::seconds call_time{60};
constexpr std::uint64_t least_bytes_per_second = 16 * 1024;

std::string format_record(const sealer::KeyRecord& record)
{
    json::array recipients;
    for (const auto& address : record.recipients) recipients.emplace_back(address);
    return json::serialize(json::object{
        {"identity", record.identity.reveal_text()},
        {"ciphertext", {{"sha256", format_hex(record.sha256)}, {"size", record.size}}},
        {"sender", {{"address", record.sender_address}, {"name", record.sender_name}}},
        {"subject", record.subject},
        {"message_id", record.message_id},
        {"recipients", std::move(recipients)},
        {"profile", record.profile},
        {"assurance", record.assurance},
        {"expires_at", format_rfc3339(record.expires_at)},
        {"rights", {{"reply", record.may_reply}, {"reply_all", record.may_reply_all}, {"forward", record.may_forward}}},
        {"receipt", record.receipt},
        {"hosted", record.hosted},
    });
}

bool is_done(const http::ClientResponse& response) { return response.status >= 200 && response.status <= 299; }

// A busy service is the operator's to mend and keeps the message; so does a copy that
// was damaged on its way, since the next attempt seals anew. What the service will never take is final.
Error fault_of(const http::ClientResponse& response)
{
    const std::string problem = find_problem(response);
    const bool is_refused = response.status == 400 || response.status == 409 || response.status == 413 || response.status == 422;
    const bool is_final = is_refused && problem != "damaged";
    return {is_final ? Fault::give_up : Fault::retry_later, "the service answered " + problem};
}

}  // namespace

HttpKeyService::HttpKeyService(std::shared_ptr<http::HttpClient> client, std::string service_url,
                               std::shared_ptr<ServiceToken> token)
    : client_(std::move(client)), service_url_(std::move(service_url)), token_(std::move(token))
{
}

Task<Result<http::ClientResponse>> HttpKeyService::ask(std::string path, http::ClientRequest request)
{
    request.url = service_url_ + path;
    request.headers.set("Authorization", "Bearer " + std::string(token_->current().reveal_text()));
    auto response = co_await client_->send(std::move(request), Deadline::after(call_time));
    co_return judge(std::move(response));
}

Result<http::ClientResponse> HttpKeyService::judge(Result<http::ClientResponse> response)
{
    using Trouble = sealer::ServiceTrouble;
    const Trouble trouble = response.has_error() ? Trouble::unreachable : find_trouble(*response);
    trouble_ = trouble;
    // A certificate that does not prove the service's name can be mended; the message waits for that.
    if (response.has_error()) return Error{Fault::retry_later, response.error().text}.in("the service at " + service_url_);
    if (trouble == Trouble::token_refused) {
        const auto read = token_->note_refusal();
        const std::string why =
            read.has_error() ? ", and cannot be given another: " + read.error().text : ": revoked, or another service's?";
        return Error{Fault::retry_later,
                     "the service at " + service_url_ + " does not take the token in " + token_->file().string() + why};
    }
    if (trouble == Trouble::account_disabled)
        return Error{Fault::retry_later, "the account of this gateway is disabled at the service at " + service_url_};
    return response;
}

Task<Result<sealer::StoredEnvelope>> HttpKeyService::store(sealer::KeyRecord record)
{
    http::ClientRequest request;
    request.method = http::Method::put;
    request.headers.set("Content-Type", "application/json");
    request.body = format_record(record);
    auto response = co_await ask("/api/v1/envelopes/" + record.id, std::move(request));
    if (response.has_error()) co_return response.error();
    if (!is_done(*response)) co_return fault_of(*response);
    co_return parse_stored(response->body, service_url_);
}

Task<Result<>> HttpKeyService::put_content(std::string id, std::unique_ptr<async::ByteSource> age_file, std::uint64_t size)
{
    http::ClientRequest request;
    request.method = http::Method::put;
    request.headers.set("Content-Type", "application/octet-stream");
    request.content = std::move(age_file);
    request.content_size = size;
    request.content_pace = http::ContentPace{call_time, least_bytes_per_second};
    auto response = co_await ask("/api/v1/envelopes/" + id + "/content", std::move(request));
    if (response.has_error()) co_return response.error();
    if (!is_done(*response)) co_return fault_of(*response);
    co_return Result<>();
}

Task<Result<>> HttpKeyService::discard(std::string id)
{
    http::ClientRequest request;
    request.method = http::Method::post;
    auto response = co_await ask("/api/v1/envelopes/" + id + "/recall", std::move(request));
    if (response.has_error()) co_return response.error();
    const bool is_gone = response->status == 404 || response->status == 410;
    if (!is_gone && !is_done(*response)) co_return fault_of(*response);
    co_return Result<>();
}

Task<Result<sealer::Ending>> HttpKeyService::find_ending(std::string id)
{
    http::ClientRequest request;
    auto response = co_await ask("/api/v1/envelopes/" + id, std::move(request));
    if (response.has_error()) co_return response.error();
    if (response->status == 404) co_return sealer::Ending::none;
    if (!is_done(*response)) co_return fault_of(*response);
    co_return parse_ending(response->body);
}

}  // namespace sealpost::gateway

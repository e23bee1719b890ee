#include "serve/gateway/service_answer.hpp"

#include "base/text.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>

namespace sealpost::gateway {
namespace json = boost::json;
namespace {

constexpr std::size_t max_problem_bytes = 64;

Error broken_answer() { return {Fault::retry_later, "the service gave an answer that is not understood"}; }

// The name goes into logs and before the operator.
bool is_problem_name(std::string_view name)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '-'; };
    return !name.empty() && name.size() <= max_problem_bytes && std::ranges::all_of(name, fits);
}

}  // namespace

Result<sealer::StoredEnvelope> parse_stored(std::string_view body, const std::string& service_url)
{
    const auto object = jsonread::parse_object(body);
    if (!object || !object->contains("organisation") || !object->contains("recipients")) return broken_answer();
    sealer::StoredEnvelope stored;
    stored.service_url = service_url;
    try {
        stored.organisation = json::value_to<std::string>(object->at("organisation"));
        for (const auto& entry : object->at("recipients").as_array()) {
            const auto& recipient = entry.as_object();
            stored.recipients.push_back(
                {json::value_to<std::string>(recipient.at("address")), json::value_to<std::string>(recipient.at("language"))});
        }
    } catch (const std::exception&) {
        return broken_answer();
    }
    return stored;
}

Result<sealer::Ending> parse_ending(std::string_view body)
{
    const auto object = jsonread::parse_object(body);
    const std::string_view state = object ? jsonread::find_text(*object, "state") : std::string_view();
    if (state.empty()) return broken_answer();
    if (state == "expired") return sealer::Ending::expired;
    return state == "erased" ? sealer::Ending::recalled : sealer::Ending::none;
}

Result<std::string> parse_organisation(std::string_view body)
{
    const auto object = jsonread::parse_object(body);
    const json::value* recipients = object ? object->if_contains("recipients") : nullptr;
    if (recipients == nullptr || !recipients->is_array()) return broken_answer();
    return std::string(jsonread::find_text(*object, "organisation"));
}

sealer::ServiceTrouble find_trouble(const http::ClientResponse& response)
{
    using Trouble = sealer::ServiceTrouble;
    if (response.status == 401) return Trouble::token_refused;
    const bool is_disabled = response.status == 403 && find_problem(response) == "account-disabled";
    return is_disabled ? Trouble::account_disabled : Trouble::other;
}

std::string find_problem(const http::ClientResponse& response)
{
    const auto object = jsonread::parse_object(response.body);
    const json::value* type = object ? object->if_contains("type") : nullptr;
    const std::string whole = type && type->is_string() ? std::string(type->as_string()) : "";
    std::string name = whole.substr(whole.rfind(':') + 1);
    return is_problem_name(name) ? name : "status " + std::to_string(response.status);
}

}  // namespace sealpost::gateway

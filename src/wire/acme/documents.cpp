#include "wire/acme/documents.hpp"

#include "base/cut_text.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace sealpost::acme {
namespace json = boost::json;
namespace {

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_challenges = 32;
constexpr std::size_t max_subproblems = 100;
constexpr std::size_t max_problem_bytes = 500;  // longer than anybody reads
constexpr std::string_view base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Error broken(std::string_view document, std::string_view what)
{
    return {Fault::peer_broke_it, "the authority's " + std::string(document) + ' ' + std::string(what)};
}

std::optional<json::object> parse_object(std::string_view text)
{
    if (text.size() > max_document_bytes) return std::nullopt;
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

std::string_view text_of(const json::object& object, std::string_view key)
{
    const json::value* value = object.if_contains({key.data(), key.size()});
    const json::string* text = value ? value->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

const json::array* array_of(const json::object& object, std::string_view key)
{
    const json::value* value = object.if_contains({key.data(), key.size()});
    return value ? value->if_array() : nullptr;
}

const json::object* object_of(const json::object& object, std::string_view key)
{
    const json::value* value = object.if_contains({key.data(), key.size()});
    return value ? value->if_object() : nullptr;
}

Status parse_status(std::string_view text)
{
    if (text == "pending") return Status::pending;
    if (text == "ready") return Status::ready;
    if (text == "processing") return Status::processing;
    if (text == "valid") return Status::valid;
    if (text == "invalid") return Status::invalid;
    return Status::other;  // "deactivated", "expired", "revoked": of no use to us
}

ProblemType parse_problem_type(std::string_view type)
{
    if (type == "urn:ietf:params:acme:error:badNonce") return ProblemType::bad_nonce;
    if (type == "urn:ietf:params:acme:error:accountDoesNotExist") return ProblemType::account_does_not_exist;
    if (type == "urn:ietf:params:acme:error:rateLimited") return ProblemType::rate_limited;
    return ProblemType::other;
}

std::string format_problem(const json::object& object)
{
    std::string text;
    if (const json::object* identifier = object_of(object, "identifier"))
        text = std::string(text_of(*identifier, "value")) + ": ";
    const std::string_view type = text_of(object, "type");
    const std::string_view detail = text_of(object, "detail");
    text += type;
    if (!type.empty() && !detail.empty()) text += ": ";
    return text.append(detail);
}

Problem read_problem(const json::object& object)
{
    std::string text = format_problem(object);
    if (const json::array* parts = array_of(object, "subproblems"))
        for (std::size_t i = 0; i < std::min(parts->size(), max_subproblems); ++i)
            if (const json::object* part = (*parts)[i].if_object()) text += "; " + format_problem(*part);
    return {parse_problem_type(text_of(object, "type")), show_line(text, max_problem_bytes)};
}

std::optional<Problem> find_problem(const json::object& object)
{
    const json::object* error = object_of(object, "error");
    if (!error) return std::nullopt;
    return read_problem(*error);
}

// Absent: a URL that is needed for the type is missing or wrong.
std::optional<Challenge> read_challenge(const json::object& object)
{
    Challenge challenge;
    challenge.type = text_of(object, "type");
    challenge.url = text_of(object, "url");
    challenge.token = text_of(object, "token");
    challenge.status = parse_status(text_of(object, "status"));
    challenge.problem = find_problem(object);
    const bool is_ours = challenge.type == "http-01" || challenge.type == "tls-alpn-01";
    if (is_ours && (!is_token(challenge.token) || !is_document_url(challenge.url))) return std::nullopt;
    return challenge;
}

bool is_host_name(std::string_view text)
{
    return !text.empty() && text.size() <= 253 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._*") == std::string_view::npos;
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::optional<WallTime> parse_http_date(std::string_view text)
{
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text[3] != ',' || text.substr(25) != " GMT") return std::nullopt;
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const auto day = parse_decimal(text.substr(5, 2));
    const auto year = parse_decimal(text.substr(12, 4));
    if (month == months.end() || !day || !year) return std::nullopt;
    std::string rfc3339 = std::string(text.substr(12, 4)) + '-';
    const auto number = static_cast<unsigned>(month - months.begin()) + 1;
    rfc3339 += (number < 10 ? "0" : "") + std::to_string(number) + '-' + std::string(text.substr(5, 2));
    const auto time = parse_rfc3339(rfc3339 + 'T' + std::string(text.substr(17, 8)) + 'Z');
    if (time.has_error()) return std::nullopt;
    return *time;
}

}  // namespace

bool is_token(std::string_view text)
{
    return text.size() >= 22 && text.size() <= 128 && text.find_first_not_of(base64url_alphabet) == std::string_view::npos;
}

bool is_document_url(std::string_view text)
{
    return text.starts_with("https://") && text.size() > 8 && text.size() <= max_url_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

const Challenge* Authorization::find_challenge(std::string_view type) const
{
    const auto at = std::find_if(challenges.begin(), challenges.end(), [&](const Challenge& each) { return each.type == type; });
    return at == challenges.end() ? nullptr : &*at;
}

std::string Authorization::problem_text() const
{
    std::string text;
    for (const Challenge& challenge : challenges)
        if (challenge.problem) text += (text.empty() ? "" : "; ") + challenge.problem->text;
    return text;
}

Result<Directory> parse_directory(std::string_view text)
{
    const auto object = parse_object(text);
    if (!object) return broken("directory", "is not a JSON object, or too large");
    Directory directory;
    directory.new_nonce = text_of(*object, "newNonce");
    directory.new_account = text_of(*object, "newAccount");
    directory.new_order = text_of(*object, "newOrder");
    if (const json::object* meta = object_of(*object, "meta"))
        if (const json::value* required = meta->if_contains("externalAccountRequired"))
            directory.external_account_required = required->is_bool() && required->get_bool();
    for (const std::string* url : {&directory.new_nonce, &directory.new_account, &directory.new_order})
        if (!is_document_url(*url)) return broken("directory", "lacks a URL that is needed, or has one that is not https");
    return directory;
}

Result<Order> parse_order(std::string_view text)
{
    const auto object = parse_object(text);
    if (!object) return broken("order", "is not a JSON object, or too large");
    Order order;
    order.status = parse_status(text_of(*object, "status"));
    order.finalize = text_of(*object, "finalize");
    order.certificate = text_of(*object, "certificate");
    order.problem = find_problem(*object);
    const json::array* authorizations = array_of(*object, "authorizations");
    if (!authorizations || authorizations->empty() || authorizations->size() > max_names)
        return broken("order", "has no authorizations, or too many");
    for (const json::value& each : *authorizations) {
        const json::string* url = each.if_string();
        if (!url || !is_document_url({url->data(), url->size()}))
            return broken("order", "has an authorization that is not a URL");
        order.authorizations.emplace_back(url->data(), url->size());
    }
    if (!is_document_url(order.finalize)) return broken("order", "has no URL to finalize it");
    if (order.status == Status::valid && !is_document_url(order.certificate))
        return broken("order", "is valid and has no certificate");
    return order;
}

Result<Authorization> parse_authorization(std::string_view text)
{
    const auto object = parse_object(text);
    if (!object) return broken("authorization", "is not a JSON object, or too large");
    Authorization authorization;
    authorization.status = parse_status(text_of(*object, "status"));
    const json::object* identifier = object_of(*object, "identifier");
    if (identifier && text_of(*identifier, "type") == "dns") authorization.name = ascii_lower(text_of(*identifier, "value"));
    if (!is_host_name(authorization.name)) return broken("authorization", "is for no host name");
    const json::array* challenges = array_of(*object, "challenges");
    if (!challenges || challenges->size() > max_challenges) return broken("authorization", "has no challenges, or too many");
    for (const json::value& each : *challenges) {
        const json::object* entry = each.if_object();
        auto challenge = entry ? read_challenge(*entry) : std::nullopt;
        if (!challenge) return broken("authorization", "has a challenge without a proper URL or token");
        authorization.challenges.push_back(std::move(*challenge));
    }
    return authorization;
}

std::optional<Problem> parse_problem(std::string_view text)
{
    const auto object = parse_object(text);
    if (!object || (text_of(*object, "type").empty() && text_of(*object, "detail").empty())) return std::nullopt;
    return read_problem(*object);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, WallTime now)
{
    constexpr unsigned long long year = 31'536'000;
    text = trim(text);
    if (const auto seconds = parse_decimal(text)) return std::chrono::seconds(std::min(*seconds, year));
    const auto date = parse_http_date(text);
    if (!date) return std::nullopt;
    const auto wait = std::chrono::ceil<std::chrono::seconds>(*date - now);
    return std::clamp(wait, std::chrono::seconds(0), std::chrono::seconds(year));
}

}  // namespace sealpost::acme

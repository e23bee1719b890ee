#include "serve/demo/browser.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "serve/demo/blocking.hpp"
#include "sys/crypto/random.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sealpost::demo {
namespace json = boost::json;
namespace {

constexpr std::chrono::seconds call_time{120};  // a domain test may take a while
constexpr std::size_t max_response_bytes = 128 * 1024 * 1024;

}  // namespace

http::ClientRequest Browser::make_request(http::Method method, const std::string& path) const
{
    http::ClientRequest request;
    request.method = method;
    request.url = origin_ + path;
    request.max_response_bytes = max_response_bytes;
    if (method != http::Method::get) request.headers.set("Origin", origin_);
    if (!csrf_.empty()) request.headers.set("X-CSRF-Token", csrf_);
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies += (cookies.empty() ? "" : "; ") + name + '=' + value;
    if (!cookies.empty()) request.headers.set("Cookie", cookies);
    return request;
}

Result<http::ClientResponse> Browser::send(http::ClientRequest request)
{
    const std::string url = request.url;
    auto response = run_on(workers_, client_->send(std::move(request), Deadline::after(call_time)));
    if (response.has_error()) return response.error().in(url);
    keep_cookies(response->headers);
    if (response->status >= 400)
        return Error{Fault::denied, url + " answered " + std::to_string(response->status) + ' ' + response->body};
    return std::move(*response);
}

void Browser::keep_cookies(const http::Headers& headers)
{
    for (const auto& [name, value] : headers.all()) {
        if (!iequals(name, "Set-Cookie")) continue;
        const std::string pair = value.substr(0, value.find(';'));
        const auto equals = pair.find('=');
        if (equals != std::string::npos) cookies_[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
}

Result<json::object> Browser::take_object(const http::ClientResponse& response)
{
    if (response.body.empty()) return json::object();
    auto object = jsonread::parse_object(response.body);
    if (!object) return Error{Fault::peer_broke_it, "the service gave no JSON object: " + response.body.substr(0, 200)};
    if (const auto* csrf = object->if_contains("csrf"); csrf && csrf->is_string()) csrf_ = std::string(csrf->as_string());
    return std::move(*object);
}

Result<json::object> Browser::get_json(const std::string& path)
{
    SEALPOST_TRY(auto response, send(make_request(http::Method::get, path)));
    return take_object(response);
}

Result<json::object> Browser::send_json(http::Method method, const std::string& path, const json::object& body)
{
    auto request = make_request(method, path);
    request.headers.set("Content-Type", "application/json");
    request.body = json::serialize(body);
    SEALPOST_TRY(auto response, send(std::move(request)));
    return take_object(response);
}

Result<std::string> Browser::get_bytes(const std::string& path)
{
    SEALPOST_TRY(auto response, send(make_request(http::Method::get, path)));
    return std::move(response.body);
}

Result<json::object> Browser::post_form(const std::string& path, std::string content_type, std::string body)
{
    auto request = make_request(http::Method::post, path);
    request.headers.set("Content-Type", std::move(content_type));
    request.headers.set("Accept", "application/json");
    request.body = std::move(body);
    SEALPOST_TRY(auto response, send(std::move(request)));
    return take_object(response);
}

// As from a file: the origin is "null" and no cookie goes along.
Result<std::string> Browser::post_page_form(const std::string& path, std::string content_type, std::string body)
{
    http::ClientRequest request;
    request.method = http::Method::post;
    request.url = origin_ + path;
    request.headers.set("Origin", "null");
    request.headers.set("Content-Type", std::move(content_type));
    request.headers.set("Accept", "text/html");
    request.body = std::move(body);
    SEALPOST_TRY(auto response, send(std::move(request)));
    const auto location = response.headers.find("Location");
    if (response.status != 303 || !location) return Error{Fault::peer_broke_it, path + " did not answer 303"};
    return std::string(*location);
}

FormBody::FormBody() : boundary_("form" + format_hex(crypto::random_bytes(12))) {}

void FormBody::add_field(std::string_view name, std::string_view value)
{
    body_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n";
    body_ += value;
    body_ += "\r\n";
}

void FormBody::add_file(std::string_view name, std::string_view file_name, std::string_view bytes)
{
    body_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"; filename=\"" +
             std::string(file_name) + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    body_ += bytes;
    body_ += "\r\n";
}

}  // namespace sealpost::demo

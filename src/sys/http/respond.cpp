#include "sys/http/respond.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sealpost::http {

Response json_response(int status, const boost::json::value& value)
{
    return text_response(status, "application/json", boost::json::serialize(value));
}

Response static_json_response(std::string_view json)
{
    Response response;
    response.status = 200;
    response.headers.set("Content-Type", "application/json");
    response.body = StaticText{json};
    return response;
}

Response empty_response(int status)
{
    Response response;
    response.status = status;
    return response;
}

Response text_response(int status, std::string content_type, std::string text)
{
    Response response;
    response.status = status;
    response.headers.set("Content-Type", std::move(content_type));
    response.body = std::move(text);
    return response;
}

Response redirect(std::string location)
{
    Response response = empty_response(303);
    response.headers.set("Location", std::move(location));
    return response;
}

Problem::Problem(const Error& error) : cause(error.text)
{
    switch (error.fault) {
        case Fault::retry_later:
        case Fault::cancelled: *this = try_later(); break;
        case Fault::peer_broke_it: *this = bad_request("", error.text); break;
        case Fault::denied: *this = too_large(); break;
        case Fault::give_up:
        case Fault::config: *this = Problem(500, "our-fault", "Something went wrong on our side"); break;
    }
    cause = error.text;
}

namespace {

Task<Response> run_checked(const CheckedHandler& handler, Request& request)
{
    auto answer = co_await handler(request);
    if (answer.has_error()) co_return problem_response(answer.error());
    co_return std::move(*answer);
}

}  // namespace

Handler answer_with(CheckedHandler handler)
{
    auto kept = std::make_shared<const CheckedHandler>(std::move(handler));
    return [kept](Request& request) { return run_checked(*kept, request); };
}

Response problem_response(const Problem& problem)
{
    boost::json::object body{
        {"type", "urn:sealpost:problem:" + problem.name}, {"title", problem.title}, {"status", problem.status}};
    if (!problem.detail.empty()) body["detail"] = problem.detail;
    for (const auto& member : problem.more) body[member.key()] = member.value();
    Response response = text_response(problem.status, "application/problem+json", boost::json::serialize(body));
    response.note = problem.cause.empty() ? problem.name : problem.cause;
    if (problem.retry_after) response.headers.set("Retry-After", std::to_string(problem.retry_after->count()));
    return response;
}

Problem bad_request(const std::string& field, std::string detail)
{
    Problem problem(400, "bad-request", "The request is not understood", std::move(detail));
    if (!field.empty()) problem.more["field"] = field;
    return problem;
}

Problem not_found() { return {404, "not-found", "There is nothing here"}; }
Problem not_signed_in() { return {401, "not-signed-in", "Sign in first", "", {}}; }
Problem not_allowed(std::string detail) { return {403, "not-allowed", "This is not allowed", std::move(detail), {}}; }
Problem too_large() { return {413, "too-large", "This is more than we take", "", {}}; }
Problem try_later()
{
    Problem problem(503, "try-later", "Please try again in a moment");
    problem.retry_after = std::chrono::seconds(10);
    return problem;
}

Problem too_many_requests(std::chrono::seconds retry_after)
{
    Problem problem(429, "too-many-requests", "Too many tries; wait a while");
    problem.retry_after = retry_after;
    return problem;
}

Response body_problem(const Error& error)
{
    if (error.fault == Fault::denied) return problem_response(too_large());
    if (error.fault == Fault::peer_broke_it) return problem_response(bad_request("", error.text));
    return problem_response({408, "too-slow", "The request did not arrive in time", "", {}});
}

Response asset_response(const Request& request, const Asset& asset)
{
    Response response;
    const auto known = request.headers.find("If-None-Match");
    const bool unchanged = known && known->find(asset.etag) != std::string_view::npos;
    response.status = unchanged ? 304 : 200;
    response.headers.set("ETag", std::string(asset.etag));
    response.headers.set("Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (unchanged) return response;
    response.headers.set("Content-Type", std::string(asset.content_type));
    response.body = StaticText{asset.bytes};
    return response;
}

void set_cookie(Response& response, const Cookie& cookie)
{
    std::string text = cookie.name + '=' + cookie.value + "; Path=/; Secure; HttpOnly; SameSite=Lax";
    if (cookie.max_age) text += "; Max-Age=" + std::to_string(cookie.max_age->count());
    response.headers.add("Set-Cookie", std::move(text));
}

Task<Result<std::string>> read_body(Request& request)
{
    std::string body;
    while (true) {
        SEALPOST_CO_TRY(auto piece, co_await request.body->next());
        if (piece.empty()) co_return body;
        body += piece;
    }
}

namespace {

constexpr std::size_t large_json_bytes = 256 * 1024;

Result<boost::json::object> parse_object(const std::string& text)
{
    boost::json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code error;
    auto value = boost::json::parse(text, error, {}, options);
    if (error) return Error{Fault::peer_broke_it, "the body is not JSON: " + error.message()};
    if (!value.is_object()) return Error{Fault::peer_broke_it, "the body is not a JSON object"};
    return std::move(value.as_object());
}

}  // namespace

Task<Result<boost::json::object>> read_json(Request& request, async::BlockingPool* pool)
{
    SEALPOST_CO_TRY(const std::string text, co_await read_body(request));
    if (pool == nullptr || text.size() < large_json_bytes) co_return parse_object(text);
    auto parse = [&text] { return parse_object(text); };
    auto parsed = co_await pool->run(parse);
    co_return parsed;
}

}  // namespace sealpost::http

#pragma once

#include "sys/async/blocking_pool.hpp"
#include "sys/http/router.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <memory>
#include <type_traits>

namespace sealpost::http {

[[nodiscard]] Response json_response(int status, const boost::json::value& value);
[[nodiscard]] Response static_json_response(std::string_view json);  // 200; the text is there as long as the program
[[nodiscard]] Response empty_response(int status);                   // 204 and the like
[[nodiscard]] Response text_response(int status, std::string content_type, std::string text);
[[nodiscard]] Response redirect(std::string location);  // 303 See Other

// RFC 9457: {"type":"urn:sealpost:problem:<name>","title",…,"status"} and what `more` adds.
struct Problem {
    Problem() = default;
    Problem(int s, std::string n, std::string t, std::string d = "", boost::json::object m = {})
        : status(s), name(std::move(n)), title(std::move(t)), detail(std::move(d)), more(std::move(m))
    {
    }
    // What a handler could not foresee: try-later for what passes, bad-request and too-large for what
    // the peer sent, our-fault for the rest. Only the first two say why; the log says it always.
    Problem(const Error& error);  // NOLINT(google-explicit-constructor): faults end a handler as they are

    int status = 400;
    std::string name;    // "wrong-code": programs compare this
    std::string title;   // for people
    std::string detail;  // may be empty
    boost::json::object more;
    std::string cause;  // for the log only
    std::optional<std::chrono::seconds> retry_after;
};

// What a step of a handler gives: a value, or the problem that ends the handler.
template <class T>
using Checked = boost::system::result<T, Problem>;
// Handlers of this shape end with SEALPOST_CO_TRY, for faults and for problems alike.
using CheckedHandler = std::function<Task<Checked<Response>>(Request&)>;
[[nodiscard]] Handler answer_with(CheckedHandler handler);

// A call of an API is a free function over what the calls of its room share (`Desk`), which lives as long as the handler.
template <class Desk>
using DeskCall = Task<Checked<Response>> (*)(const Desk& desk, Request& request);
template <class Desk>
[[nodiscard]] Handler call_with(std::shared_ptr<const Desk> desk, std::type_identity_t<DeskCall<Desk>> call)
{
    return answer_with([desk = std::move(desk), call](Request& request) { return call(*desk, request); });
}

[[nodiscard]] Response problem_response(const Problem& problem);

[[nodiscard]] Problem bad_request(const std::string& field, std::string detail);
[[nodiscard]] Problem not_found();
[[nodiscard]] Problem not_signed_in();
[[nodiscard]] Problem not_allowed(std::string detail);
[[nodiscard]] Problem too_large();
[[nodiscard]] Problem try_later();
[[nodiscard]] Problem too_many_requests(std::chrono::seconds retry_after);

// The answer to an error of the request's body: 413, 400 or 408.
[[nodiscard]] Response body_problem(const Error& error);

// An embedded file with its ETag; answers 304 when the browser has it.
struct Asset {
    std::string_view content_type;
    std::string_view bytes;  // lives as long as the program
    std::string_view etag;   // with its quotes
    bool immutable = false;
};
[[nodiscard]] Response asset_response(const Request& request, const Asset& asset);

struct Cookie {
    std::string name;
    std::string value;
    std::optional<std::chrono::seconds> max_age;  // absent: ends with the browser; 0: delete it now
};
// HttpOnly; Secure; SameSite=Lax; Path=/ always, as "__Host-" demands.
void set_cookie(Response& response, const Cookie& cookie);

// Reads the whole body. Only for routes whose limit is small.
Task<Result<std::string>> read_body(Request& request);
// The body as a JSON object: Fault::peer_broke_it for anything else, depth at most 16. With a pool a large one (256 KiB and
// more) is parsed there: megabytes take a worker's time from others.
Task<Result<boost::json::object>> read_json(Request& request, async::BlockingPool* pool = nullptr);

}  // namespace sealpost::http

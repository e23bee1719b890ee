// http: HTTP/1.1 server and client over ByteStreams, with or without TLS. Parsing is Beast's, behind
// two decoders that do no I/O; connections, limits, deadlines, routes and the multipart reader are
// here. It knows no session, no page and no JSON call of the product.
// Called by the serve rooms. A connection lives on one worker; routers are immutable once served.
// What a peer did wrong is Fault::peer_broke_it; more than a limit allows is Fault::denied;
// a slow or vanished peer is Fault::retry_later.
#pragma once

#include "base/ip_address.hpp"
#include "sys/async/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sealpost::http {

enum class Method { get, head, post, put, patch, remove, options, other };

[[nodiscard]] std::string_view format_method(Method method);
[[nodiscard]] Method parse_method(std::string_view name);  // `other` for what we do not know

// Header fields in their order; names compare without case.
class Headers {
public:
    void add(std::string name, std::string value);
    void set(std::string name, std::string value);  // replaces all of that name
    void remove(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;  // the first
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// What a handler is given. It lives until the handler's response is written.
struct Request {
    Method method = Method::get;
    std::string path;   // as sent, still percent-encoded; starts with "/"
    std::string query;  // without "?", still percent-encoded
    Headers headers;
    Endpoint peer;
    bool over_tls = false;
    std::vector<std::pair<std::string, std::string>> parameters;  // of the route's {names}, decoded
    std::string route;                                            // the pattern that matched
    std::optional<std::uint64_t> content_length;
    async::ByteSource* body = nullptr;  // never null in a handler; obeys the route's limit

    [[nodiscard]] const std::string& parameter(std::string_view name) const;             // "" when absent
    [[nodiscard]] std::vector<std::string> find_query_all(std::string_view name) const;  // decoded
    [[nodiscard]] std::optional<std::string> find_query(std::string_view name) const;    // the first
    [[nodiscard]] std::optional<std::string_view> find_cookie(std::string_view name) const;
    [[nodiscard]] bool accepts_json() const;  // the client asked for JSON rather than for a page
};

// Octets that live as long as the program, such as an embedded page.
struct StaticText {
    std::string_view text;
};

struct Response {
    int status = 200;
    Headers headers;
    // A ByteSource goes out chunked, or with Content-Length when body_size says how much it holds.
    std::variant<std::string, StaticText, std::unique_ptr<async::ByteSource>> body;
    std::optional<std::uint64_t> body_size;
    std::string note;  // for the log, not for the client
};

[[nodiscard]] std::string_view format_reason(int status);

// %41 and, in queries, "+"; absent for broken escapes.
[[nodiscard]] std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space = false);
[[nodiscard]] std::string encode_percent(std::string_view text);  // all but RFC 3986 §2.3 "unreserved"

}  // namespace sealpost::http

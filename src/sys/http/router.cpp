#include "sys/http/router.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "sys/http/respond.hpp"

#include <algorithm>
#include <limits>

namespace sealpost::http {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

bool is_parameter(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }
bool is_rest(std::string_view segment) { return is_parameter(segment) && segment.ends_with("...}"); }

// Control characters have no place in a path, whichever way they are written.
bool is_plain(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::vector<std::string>> split_path(std::string_view path)
{
    if (path.empty() || path.front() != '/') return std::nullopt;
    std::vector<std::string> segments;
    for (const auto part : split(path.substr(1), '/')) {
        auto decoded = decode_percent(part);
        if (!decoded || !is_plain(*decoded)) return std::nullopt;
        segments.push_back(std::move(*decoded));
    }
    return segments;
}

std::string join_from(const std::vector<std::string>& segments, std::size_t first)
{
    return join({segments.begin() + static_cast<std::ptrdiff_t>(first), segments.end()}, "/");
}

std::optional<Parameters> match_segments(const Route& route, const std::vector<std::string>& path)
{
    Parameters parameters;
    for (std::size_t i = 0; i < route.segments.size(); ++i) {
        const std::string& want = route.segments[i];
        if (i >= path.size()) return std::nullopt;
        if (is_rest(want)) {
            parameters.emplace_back(want.substr(1, want.size() - 5), join_from(path, i));
            return parameters;
        }
        if (is_parameter(want)) {
            if (path[i].empty()) return std::nullopt;
            parameters.emplace_back(want.substr(1, want.size() - 2), path[i]);
        } else if (want != path[i]) {
            return std::nullopt;
        }
    }
    if (path.size() != route.segments.size()) return std::nullopt;
    return parameters;
}

// A literal segment outweighs a parameter, which outweighs a rest; the first difference decides.
bool is_more_specific(const Route& a, const Route& b)
{
    const auto weight = [](const std::string& segment) { return is_rest(segment) ? 0 : is_parameter(segment) ? 1 : 2; };
    for (std::size_t i = 0; i < std::min(a.segments.size(), b.segments.size()); ++i)
        if (weight(a.segments[i]) != weight(b.segments[i])) return weight(a.segments[i]) > weight(b.segments[i]);
    return false;
}

}  // namespace

void Router::add(Method method, std::string pattern, Handler handler, RouteOptions options)
{
    std::vector<std::string> segments;
    for (const auto part : split(std::string_view(pattern).substr(1), '/')) segments.emplace_back(part);
    routes_.push_back({method, std::move(pattern), std::move(segments), std::move(handler), std::move(options)});
}

void Router::add_unknown(Handler handler)
{
    RouteOptions options;
    options.max_body_bytes = std::numeric_limits<std::uint64_t>::max();  // of which nothing is read
    unknown_ = Route{Method::get, "", {}, std::move(handler), std::move(options)};
}

Router::Match Router::find(Method method, std::string_view path) const
{
    Match match;
    const auto segments = split_path(path);
    if (segments) find_known(method, *segments, match);
    if (!match.route && match.allowed.empty() && unknown_) match.route = &*unknown_;
    return match;
}

void Router::find_known(Method method, const std::vector<std::string>& segments, Match& match) const
{
    const auto take = [&](Method wanted) {
        for (const auto& route : routes_) {
            if (route.method != wanted || (match.route && !is_more_specific(route, *match.route))) continue;
            auto parameters = match_segments(route, segments);
            if (!parameters) continue;
            match.route = &route;
            match.parameters = std::move(*parameters);
        }
    };
    take(method);
    if (!match.route && method == Method::head) take(Method::get);
    if (match.route) return;
    for (const auto& route : routes_) {
        const bool listed = std::find(match.allowed.begin(), match.allowed.end(), route.method) != match.allowed.end();
        if (!listed && match_segments(route, segments)) match.allowed.push_back(route.method);
    }
}

Guard require_own_origin(std::string origin)
{
    return [origin = std::move(origin)](const Request& request) -> std::optional<Response> {
        const auto sent = request.headers.find("Origin");
        if (sent && *sent == origin) return std::nullopt;
        return problem_response(not_allowed("This call may only come from the pages of this service."));
    };
}

RouteOptions from_own_pages(std::string origin, std::uint64_t max_body_bytes)
{
    return {max_body_bytes, {require_own_origin(std::move(origin))}};
}

bool has_csrf_token(const Request& request, std::string_view expected)
{
    const auto sent = request.headers.find("X-CSRF-Token");
    return sent && !expected.empty() && Secret::copy_of(expected).equals(as_bytes(*sent));
}

}  // namespace sealpost::http

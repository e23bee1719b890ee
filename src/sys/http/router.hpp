#pragma once

#include "sys/http/message.hpp"

#include <functional>
#include <optional>

namespace sealpost::http {

using Handler = std::function<Task<Response>(Request&)>;
// Looks at the head of a request before its body is read; an answer ends the request there.
using Guard = std::function<std::optional<Response>(const Request&)>;

struct RouteOptions {
    std::uint64_t max_body_bytes = 64 * 1024;
    std::vector<Guard> guards = {};
};

struct Route {
    Method method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;
    RouteOptions options;
};

// "/api/v1/open/{ref}/content": a {name} takes exactly one segment, not empty; {name...} at the end
// takes the rest. Literal segments win over parameters. HEAD goes to GET when it has no route.
class Router {
public:
    void add(Method method, std::string pattern, Handler handler, RouteOptions options = {});
    // Answers for paths that no route knows, whatever the method; without it they are not-found.
    void add_unknown(Handler handler);

    struct Match {
        const Route* route = nullptr;
        std::vector<std::pair<std::string, std::string>> parameters;
        std::vector<Method> allowed;  // when the path is known, and the method is not
    };
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
    [[nodiscard]] Match find(Method method, std::string_view path) const;

private:
    void find_known(Method method, const std::vector<std::string>& segments, Match& match) const;

    std::vector<Route> routes_;
    std::optional<Route> unknown_;
};

// The request may only come from our own pages: `Origin` is there and equals `origin`
// ("https://keys.test"). Answers 403 not-allowed otherwise.
[[nodiscard]] Guard require_own_origin(std::string origin);
// Of a route that only our own pages may call.
[[nodiscard]] RouteOptions from_own_pages(std::string origin, std::uint64_t max_body_bytes = RouteOptions().max_body_bytes);

// Whether the X-CSRF-Token header equals what the session expects, in constant time.
[[nodiscard]] bool has_csrf_token(const Request& request, std::string_view expected);

}  // namespace sealpost::http

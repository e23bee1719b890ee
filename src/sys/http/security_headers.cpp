#include "sys/http/security_headers.hpp"

namespace sealpost::http {
namespace {

void set_default(Response& response, std::string_view name, std::string_view value)
{
    if (!response.headers.has(name)) response.headers.add(std::string(name), std::string(value));
}

}  // namespace

void add_security_headers(Response& response, bool over_tls)
{
    if (over_tls) set_default(response, "Strict-Transport-Security", "max-age=31536000");
    set_default(response, "X-Content-Type-Options", "nosniff");
    set_default(response, "Referrer-Policy", "no-referrer");
    set_default(response, "Cross-Origin-Opener-Policy", "same-origin");
    set_default(response, "Cross-Origin-Resource-Policy", "same-origin");
    set_default(response, "X-Frame-Options", "DENY");
    set_default(response, "Cache-Control", "no-store");
    // What is not a page of ours is shown, if at all, as an inert document. No `sandbox` here: a browser
    // may refuse to show a sandboxed document that also asks for an opener policy.
    set_default(response, "Content-Security-Policy",
                "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'");
}

}  // namespace sealpost::http

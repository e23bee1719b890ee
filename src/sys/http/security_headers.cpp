#include "sys/http/security_headers.hpp"

namespace sealpost::http {
namespace {

void set_default(Response& response, std::string_view name, std::string_view value)
{
    if (!response.headers.has(name)) response.headers.add(std::string(name), std::string(value));
}

}  // namespace

std::string format_page_policy(const PagePolicy& policy)
{
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
           "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src " +
           policy.frame_source + "; require-trusted-types-for 'script'; trusted-types " + policy.trusted_types;
}

void add_security_headers(Response& response, bool over_tls)
{
    if (over_tls) set_default(response, "Strict-Transport-Security", "max-age=31536000");
    set_default(response, "X-Content-Type-Options", "nosniff");
    set_default(response, "Referrer-Policy", "no-referrer");
    set_default(response, "Cross-Origin-Opener-Policy", "same-origin");
    set_default(response, "Cross-Origin-Resource-Policy", "same-origin");
    set_default(response, "X-Frame-Options", "DENY");
    set_default(response, "Cache-Control", "no-store");
    // What is not a page of ours is shown, if at all, as an inert document.
    set_default(response, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
}

}  // namespace sealpost::http

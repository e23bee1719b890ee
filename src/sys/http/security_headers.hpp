#pragma once

#include "sys/http/message.hpp"

namespace sealpost::http {

// What a page of ours may do: load from its own origin, connect to it, and nothing else.
struct PagePolicy {
    std::string frame_source = "'none'";       // srcdoc frames need no entry of their own
    std::string trusted_types = "'none'";      // names of Trusted Types policies, e.g. "dompurify"
};
[[nodiscard]] std::string format_page_policy(const PagePolicy& policy);

// Adds, where the handler has not set them: HSTS (over TLS), nosniff, Referrer-Policy, COOP, CORP,
// X-Frame-Options, Cache-Control: no-store, and a Content-Security-Policy that allows nothing.
void add_security_headers(Response& response, bool over_tls);

}  // namespace sealpost::http

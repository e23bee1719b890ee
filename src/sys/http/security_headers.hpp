#pragma once

#include "sys/http/message.hpp"

namespace sealpost::http {

// Adds, where the handler has not set them: HSTS (over TLS), nosniff, Referrer-Policy, COOP, CORP,
// X-Frame-Options, Cache-Control: no-store, and a Content-Security-Policy that allows nothing.
void add_security_headers(Response& response, bool over_tls);

}  // namespace sealpost::http

// tlsdesk: TLS-reply domains for who has no account here (doc/spec/domain-tests-api.md, "The domain's own
// administrator"): anybody tests any domain, its administrator proves it by a TXT record or a code to the postmaster,
// and chooses; and the page /tls. Callers are strangers: what they may ask is bounded in serve/domaintests and by the
// Guard. Runs on any worker.
#pragma once

#include "serve/domaintests/postmaster_codes.hpp"
#include "serve/domaintests/tests.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

namespace sealpost::tlsdesk {

struct Parts {
    std::shared_ptr<people::People> people;  // its Guard
    std::shared_ptr<domains::Domains> domains;
    std::shared_ptr<domaintests::DomainTests> tests;
    std::shared_ptr<const domaintests::PostmasterCodes> codes;
    std::shared_ptr<dns::Resolver> resolver;
    std::string origin;  // of the pages: "https://keys.test", without a final slash
    log::Log log = log::Log::silent();
};

// Adds the calls and the page /tls to the service's router.
void add_routes(http::Router& router, Parts parts);

}  // namespace sealpost::tlsdesk

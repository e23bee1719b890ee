#pragma once

#include "serve/domaintests/postmaster_codes.hpp"
#include "serve/domaintests/watch.hpp"
#include "serve/node/machinery.hpp"
#include "serve/replies/service_outbox.hpp"

namespace sealpost::node {

// A service at localhost is asked from the same machine only (doc/decisions/0040).
[[nodiscard]] bool is_local(const std::string& url);

// What the service does about TLS-reply domains, wired to the node's machinery, which outlives it all.
[[nodiscard]] domaintests::Tester make_tester(Machinery& machinery);
[[nodiscard]] std::shared_ptr<domaintests::DomainTests> make_tests(Machinery& machinery,
                                                                   std::shared_ptr<domains::Domains> domains);
[[nodiscard]] std::shared_ptr<const domaintests::PostmasterCodes> make_postmaster_codes(
    std::shared_ptr<people::People> people, std::shared_ptr<domains::Domains> domains,
    std::shared_ptr<replies::ServiceOutbox> outbox);
[[nodiscard]] std::unique_ptr<domaintests::Watch> make_watch(Machinery& machinery, std::shared_ptr<domains::Domains> domains);

}  // namespace sealpost::node

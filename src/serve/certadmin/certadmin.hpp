// certadmin: certificates of this node by HTTP (doc/spec/certificates-api.md): what is there, a request, a check,
// an install, a renewal now. It translates between HTTP and core/certificates and decides nothing itself.
// Administrators sign in at serve/admin and need the duty of the node. Files and keys are read and made in the
// blocking pool. No private key goes out. Runs on any worker.
#pragma once

#include "core/certificates/store.hpp"
#include "serve/acme/renewal_state.hpp"
#include "serve/admin/desk.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

#include <functional>
#include <optional>

namespace sealpost::certadmin {

// Whoever renews by ACME sets these; both may be empty, and are asked from any worker.
struct Renewals {
    std::function<void(const std::string& name)> renew_now;
    std::function<std::optional<acme::RenewalState>(const std::string& name)> find;
};

struct Parts {
    std::shared_ptr<const admin::Desk> admin;
    std::shared_ptr<const certificates::Store> store;
    async::BlockingPool* pool = nullptr;                          // outlives the routes
    std::function<Task<Result<>>(std::string installed)> reload;  // presents the certificate of that name
    const Renewals* renewals = nullptr;                           // the same; null: nobody renews
    log::Log log = log::Log::silent();
};

// Adds the calls below /api/v1/certificates, and /api/v1/openapi/certificates.json, which describes them.
void add_routes(http::Router& router, Parts parts);

}  // namespace sealpost::certadmin

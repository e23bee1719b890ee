#pragma once

#include "serve/portal/portal.hpp"
#include "sys/http/respond.hpp"

#include <boost/json/object.hpp>

namespace sealpost::portal {

using admin::language_of;
using admin::SignedIn;
using admin::who_of;
using Purpose = admin::Desk::Purpose;

// What the portal's calls share. Lives as long as the router.
class Desk {
public:
    explicit Desk(Parts p) : parts(std::move(p)) {}

    [[nodiscard]] const admin::Desk& admin() const { return *parts.admin; }
    // An administrator of an account.
    Task<http::Checked<SignedIn>> require_signed_in(http::Request& request, Purpose purpose) const
    {
        return parts.admin->require(request, purpose, admin::Area::account);
    }

    // The domain in the path, when it belongs to the administrator's account; otherwise not-found.
    Task<http::Checked<domains::Domain>> find_domain(const http::Request& request, const SignedIn& signed_in) const;

    const Parts parts;
};

void add_domain_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_listing_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_compose_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_spf_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

}  // namespace sealpost::portal

#include "serve/portal/desk.hpp"

namespace sealpost::portal {

Task<http::Checked<domains::Domain>> Desk::find_domain(const http::Request& request, const SignedIn& signed_in) const
{
    const auto name = people::normalise_domain(request.parameter("domain"));
    if (name.has_error()) co_return http::not_found();
    domains::ClaimKey claim{*name, signed_in.account()};
    SEALPOST_CO_TRY(auto domain, co_await parts.domains->find_claim(std::move(claim)));
    if (!domain) co_return http::not_found();
    co_return std::move(*domain);
}

void add_routes(http::Router& router, Parts parts)
{
    const auto desk = std::make_shared<const Desk>(std::move(parts));
    add_domain_routes(router, desk);
    add_listing_routes(router, desk);
    add_compose_routes(router, desk);
    add_spf_routes(router, desk);
}

}  // namespace sealpost::portal

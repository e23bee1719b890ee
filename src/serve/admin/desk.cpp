#include "serve/admin/desk.hpp"

#include "serve/admin/administrator_calls.hpp"
#include "serve/admin/factor_calls.hpp"
#include "serve/admin/session_calls.hpp"
#include "serve/pages/show.hpp"

#include <algorithm>

namespace sealpost::admin {
namespace {

bool is_duty(const people::Duties& duties, Area area)
{
    return area == Area::account ? duties.account.has_value() : duties.of_node;
}

Task<http::Response> show_page(http::Request& request) { co_return pages::show_asset(request, "portal/index.html"); }

}  // namespace

Task<http::Checked<std::optional<SignedIn>>> Desk::find_signed_in(http::Request& request, Purpose purpose) const
{
    auto& sessions = parts.people->administrator_sessions();
    SEALPOST_CO_TRY(auto found, co_await signin::find_session<people::Session>(sessions, request, session_cookie, purpose));
    const auto* id = found ? std::get_if<people::AdministratorId>(&found->session.owner) : nullptr;
    if (!id) co_return std::optional<SignedIn>();
    SEALPOST_CO_TRY(auto administrator, co_await parts.people->administrators().find(*id));
    if (!administrator || !administrator->is_enabled) co_return std::optional<SignedIn>();
    const bool is_weak = found->session.assurance < people::Assurance::strong;
    if (administrator->has_second_factor && is_weak) co_return std::optional<SignedIn>();
    co_return std::optional<SignedIn>(SignedIn{std::move(found->session), std::move(*administrator), std::move(found->token)});
}

Task<http::Checked<SignedIn>> Desk::require(http::Request& request, Purpose purpose) const
{
    SEALPOST_CO_TRY(auto signed_in, co_await find_signed_in(request, purpose));
    if (!signed_in) co_return http::not_signed_in();
    if (must_add_factor(signed_in->administrator))
        co_return http::Problem(403, "must-add-factor", "This node asks for a second factor", "Set one up under My sign-in.");
    co_return std::move(*signed_in);
}

Task<http::Checked<SignedIn>> Desk::require(http::Request& request, Purpose purpose, Area area) const
{
    SEALPOST_CO_TRY(auto signed_in, co_await require(request, purpose));
    if (!is_duty(signed_in.administrator.duties, area))
        co_return http::not_allowed(area == Area::account ? "You are no administrator of an account."
                                                          : "You are no administrator of this node.");
    co_return std::move(signed_in);
}

std::vector<Area> Desk::find_areas(const people::Administrator& administrator) const
{
    std::vector<Area> found;
    if (must_add_factor(administrator)) return found;
    std::copy_if(parts.areas.begin(), parts.areas.end(), std::back_inserter(found),
                 [&](Area area) { return is_duty(administrator.duties, area); });
    return found;
}

Task<http::Checked<void>> Desk::admit_question(const SignedIn& signed_in) const
{
    std::vector<people::GuardKey> keys;
    keys.push_back({people::GuardKey::Kind::dns_question, who_of(signed_in)});
    SEALPOST_CO_CHECK(co_await admit(std::move(keys)));
    co_return http::Checked<void>();
}

Task<http::Checked<WallTime>> Desk::admit(std::vector<people::GuardKey> keys) const
{
    return signin::admit(parts.people->guard(), std::move(keys));
}

Task<void> Desk::take_back(std::vector<people::GuardKey> keys, WallTime admitted_at) const
{
    return signin::take_back(parts.people->guard(), std::move(keys), admitted_at);
}

http::RouteOptions Desk::from_own_pages(std::uint64_t max_body_bytes) const
{
    return http::from_own_pages(parts.origin, max_body_bytes);
}

std::string_view format_area(Area area)
{
    switch (area) {
        case Area::account: return "account";
        case Area::mail_policies: return "mail_policies";
        case Area::node: break;
    }
    return "node";
}

std::string who_of(const SignedIn& signed_in) { return "administrator:" + std::to_string(signed_in.administrator.id.value()); }

void add_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    add_session_routes(router, desk);
    add_factor_routes(router, desk);
    add_administrator_routes(router, desk);
    router.add(http::Method::get, "/portal", show_page);
    router.add(http::Method::get, "/portal/{path...}", show_page);
}

}  // namespace sealpost::admin

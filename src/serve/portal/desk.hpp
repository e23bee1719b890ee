#pragma once

#include "serve/portal/portal.hpp"
#include "sys/http/respond.hpp"

#include <boost/json/object.hpp>

namespace sealpost::portal {

// An administrator with a session.
struct SignedIn {
    people::Session session;
    people::Administrator administrator;
    Secret token;
};

// What the portal's calls share. Lives as long as the router.
class Desk {
public:
    explicit Desk(Parts p) : parts(std::move(p)) {}

    enum class Purpose { look, change };  // a change also needs the session's CSRF token
    Task<http::Checked<std::optional<SignedIn>>> find_signed_in(http::Request& request, Purpose purpose) const;
    Task<http::Checked<SignedIn>> require_signed_in(http::Request& request, Purpose purpose) const;

    // The domain in the path, when it belongs to the administrator's account; otherwise not-found.
    Task<http::Checked<domains::Domain>> find_domain(const http::Request& request, const SignedIn& signed_in) const;

    // Some questions cost DNS a hundred others, so one administrator may not ask without end.
    Task<http::Checked<void>> admit_question(const SignedIn& signed_in) const;

    const Parts parts;
};

inline constexpr std::string_view session_cookie = "__Host-sealpost-admin";

[[nodiscard]] std::string who_of(const SignedIn& signed_in);  // "administrator:2"

// The page says which language it speaks; sentences about hosts and records are ours to phrase.
[[nodiscard]] bool wants_french(const http::Request& request);

using DeskCall = Task<http::Checked<http::Response>> (*)(const Desk& desk, http::Request& request);
// A handler from a free function over the desk.
[[nodiscard]] http::Handler call_with(std::shared_ptr<const Desk> desk, DeskCall call);

void add_session_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_domain_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_listing_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_spf_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

}  // namespace sealpost::portal

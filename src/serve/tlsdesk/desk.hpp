#pragma once

#include "serve/pages/problem_page.hpp"
#include "serve/signin/signin.hpp"
#include "serve/tlsdesk/tlsdesk.hpp"
#include "sys/http/respond.hpp"

namespace sealpost::tlsdesk {

using pages::language_of;

inline constexpr std::string_view claim_cookie = "__Host-sealpost-claim";
inline constexpr std::string_view own_cookie = "__Host-sealpost-own";
inline constexpr std::chrono::hours claim_lifetime{7 * 24};  // DNS takes its time

// The own administrator of a domain, after a proof.
struct OwnDesk {
    domains::OwnSession session;
    domains::Domain domain;
    Secret token;
};

// What the calls share. Lives as long as the router.
class Desk {
public:
    explicit Desk(Parts p) : parts(std::move(p)) {}

    using Purpose = signin::Purpose;
    Task<http::Checked<OwnDesk>> require_own(const http::Request& request, Purpose purpose) const;

    const Parts parts;
};

// The domain in the path, normalised; not-found when it is none.
[[nodiscard]] http::Checked<std::string> find_name(const http::Request& request);
[[nodiscard]] std::string who_of(std::string_view domain);  // "own:acme.test", in the audit trail

void add_claim_routes(http::Router& router, const std::shared_ptr<const Desk>& desk, const http::RouteOptions& own_pages);
void add_own_routes(http::Router& router, const std::shared_ptr<const Desk>& desk, const http::RouteOptions& own_pages);

}  // namespace sealpost::tlsdesk

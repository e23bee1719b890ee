// admin: where administrators sign in: the session and its cookie, the token that a change needs, the limit
// on questions that cost DNS others, and the page below /portal. The rooms with calls for administrators
// (serve/portal, serve/policyadmin) stand at this desk. Its calls are those of doc/spec/key-api.md,
// "Administration", about the session and about administrators. Runs on any worker.
#pragma once

#include "core/people/people.hpp"
#include "serve/pages/problem_page.hpp"
#include "serve/signin/signin.hpp"
#include "sys/http/respond.hpp"
#include "sys/log/log.hpp"

#include <boost/json/object.hpp>

namespace sealpost::admin {

// An administrator with a session.
struct SignedIn {
    people::Session session;
    people::Administrator administrator;
    Secret token;

    // Only behind require(…, Area::account).
    [[nodiscard]] people::AccountId account() const { return administrator.duties.account.value(); }
};

// What administrators work on: their account's domains, envelopes and deliveries; the node's mail policies; the
// node itself, such as its certificates.
enum class Area { account, mail_policies, node };

struct Parts {
    std::shared_ptr<people::People> people;
    std::string origin;       // of the pages: "https://keys.test", without a final slash
    std::vector<Area> areas;  // whose calls stand on the same router
    log::Log log = log::Log::silent();
    bool requires_second_factor = false;  // who has none may do nothing but add it
};

// Lives as long as the router.
class Desk {
public:
    explicit Desk(Parts p) : parts(std::move(p)) {}

    using Purpose = signin::Purpose;
    // Nobody, too, in a session of the password alone once there is a second factor.
    Task<http::Checked<std::optional<SignedIn>>> find_signed_in(http::Request& request, Purpose purpose) const;
    // Somebody who may work here at all; else not-signed-in 401, or must-add-factor 403.
    Task<http::Checked<SignedIn>> require(http::Request& request, Purpose purpose) const;
    [[nodiscard]] bool must_add_factor(const people::Administrator& administrator) const
    {
        return parts.requires_second_factor && !administrator.has_second_factor;
    }
    // The same who may work in that area; else also not-allowed 403.
    Task<http::Checked<SignedIn>> require(http::Request& request, Purpose purpose, Area area) const;
    // The areas that stand here and that are this administrator's; none of somebody who must add a second factor first.
    [[nodiscard]] std::vector<Area> find_areas(const people::Administrator& administrator) const;

    // As in serve/signin.
    Task<http::Checked<WallTime>> admit(std::vector<people::GuardKey> keys) const;
    Task<void> take_back(std::vector<people::GuardKey> keys, WallTime admitted_at) const;
    // Some questions cost DNS a hundred others, so one administrator may not ask without end.
    Task<http::Checked<void>> admit_question(const SignedIn& signed_in) const;

    // For routes that change something: only our own pages may call them.
    [[nodiscard]] http::RouteOptions from_own_pages(std::uint64_t max_body_bytes = 64 * 1024) const;

    const Parts parts;
};

[[nodiscard]] std::string_view format_area(Area area);        // account | mail_policies | node
[[nodiscard]] std::string who_of(const SignedIn& signed_in);  // "administrator:2"

// The page says which language it speaks; sentences about hosts and records are ours to phrase.
using pages::language_of;

// Adds the calls about the session and about administrators, and the page.
void add_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

}  // namespace sealpost::admin

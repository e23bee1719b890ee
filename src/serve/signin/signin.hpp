// signin: what desks share where somebody is signed in by a cookie (serve/reader, serve/admin, serve/tlsdesk): the way from a
// request to its session, the session's cookie, and the guard's verdict as an answer. Whose sessions they are, and what each
// allows, the desk says. Keeps nothing; runs on any worker.
#pragma once

#include "base/secret.hpp"
#include "core/people/guard.hpp"
#include "sys/http/respond.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sealpost::signin {

enum class Purpose { look, change };  // a change also needs the session's CSRF token

// The browser's token in that cookie; absent without one.
[[nodiscard]] std::optional<Secret> find_token(const http::Request& request, std::string_view cookie);
// Without max_age the cookie ends with the browser.
void set_token(http::Response& response, std::string_view cookie, const Secret& token,
               std::optional<std::chrono::seconds> max_age = std::nullopt);
void delete_token(http::Response& response, std::string_view cookie);

// not-allowed where the purpose needs the session's CSRF token, and the request brings another or none.
[[nodiscard]] http::Checked<void> check_csrf(const http::Request& request, Purpose purpose, std::string_view csrf);

template <class Session>
struct Found {
    Session session;
    Secret token;
};
// Of people::Sessions or domains::OwnSessions. Absent without a session, or with one that is over.
template <class Session, class Sessions>
Task<http::Checked<std::optional<Found<Session>>>> find_session(Sessions& sessions, const http::Request& request,
                                                                std::string_view cookie, Purpose purpose)
{
    auto token = find_token(request, cookie);
    if (!token) co_return std::optional<Found<Session>>();
    SEALPOST_CO_TRY(auto session, co_await sessions.find(token->clone()));
    if (!session) co_return std::optional<Found<Session>>();
    SEALPOST_CO_CHECK(check_csrf(request, purpose, session->csrf));
    co_return std::optional<Found<Session>>(Found<Session>{std::move(*session), std::move(*token)});
}

// When it was admitted, for Guard::note_success; too-many-requests when the guard does not admit it.
Task<http::Checked<WallTime>> admit(people::Guard& guard, std::vector<people::GuardKey> keys);
// What was admitted could not be judged: it is no wrong try. Nothing more can be done when the store does not take that.
Task<void> take_back(people::Guard& guard, std::vector<people::GuardKey> keys, WallTime admitted_at);

}  // namespace sealpost::signin

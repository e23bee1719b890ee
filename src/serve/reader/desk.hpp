#pragma once

#include "serve/reader/reader.hpp"
#include "serve/signin/signin.hpp"
#include "sys/http/respond.hpp"

#include <boost/json/object.hpp>

namespace sealpost::reader {

// Somebody with a session.
struct SignedIn {
    people::Session session;
    people::Person person;
    Secret token;
};

// What the reader's calls share: the parts, and who is asking. Lives as long as the router.
class Desk {
public:
    explicit Desk(Parts p) : parts(std::move(p)) {}

    // Absent without a session, or with one that is over. A call that changes something also needs
    // the session's CSRF token: not-allowed without it.
    using Purpose = signin::Purpose;
    Task<http::Checked<std::optional<SignedIn>>> find_signed_in(http::Request& request, Purpose purpose) const;
    Task<http::Checked<SignedIn>> require_signed_in(http::Request& request, Purpose purpose) const;

    // As in serve/signin.
    Task<http::Checked<WallTime>> admit(std::vector<people::GuardKey> keys) const;
    Task<void> take_back(std::vector<people::GuardKey> keys, WallTime admitted_at) const;

    // What the ref in the path opens; not-found when the service does not know it.
    Task<http::Checked<keys::OpenView>> find_view(const http::Request& request) const;

    // Who sealed it, for people: the account's organisation, or this service for what somebody wrote here. May be empty.
    Task<http::Checked<std::string>> find_organisation(const keys::Policy& policy) const;

    // Whether the account that sealed it has the sender's domain: a gateway names whom it likes.
    Task<http::Checked<people::SenderDomain>> judge_sender(const keys::Policy& policy) const;

    const Parts parts;
};

inline constexpr std::string_view session_cookie = "__Host-sealpost";

[[nodiscard]] std::string network_of(const http::Request& request);
[[nodiscard]] std::string who_of(const people::Person& person);              // "person:17"
[[nodiscard]] std::string who_of(const std::optional<SignedIn>& signed_in);  // the same, or "link"

[[nodiscard]] http::Problem not_a_recipient(const std::vector<std::string>& own_addresses);
[[nodiscard]] http::Problem needs_assurance(people::Assurance assurance);
[[nodiscard]] http::Problem locked(const std::string& reason);
[[nodiscard]] http::Problem expired();
[[nodiscard]] http::Problem erased();

// The groups of calls, each in its own file.
void add_ingest_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_people_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_factor_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_passkey_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_opening_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_reply_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_compose_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_sent_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);
void add_page_routes(http::Router& router);

}  // namespace sealpost::reader

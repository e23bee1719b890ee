#pragma once

#include "base/secret.hpp"
#include "core/people/assurance.hpp"
#include "core/people/ids.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace sealpost::people {

// Whose session it is, or whose second factor.
using SessionOwner = std::variant<PersonId, AdministratorId>;

struct Session {
    SessionOwner owner;
    Assurance assurance = Assurance::mailbox;
    std::string csrf;
    WallTime signed_in_at;
};

struct NewSession {
    Secret token;                // for the cookie, 43 characters of base64url; the store keeps its SHA-256
    std::string csrf;            // derived from the token, useless without it
    WallTime signed_in_at = {};  // of the former session where that goes on
};

// Sessions of persons or of administrators, which never mix: each kind has its own Sessions.
class Sessions {
public:
    enum class Kind { person, administrator };
    static constexpr std::chrono::minutes idle_limit{15};
    static constexpr std::chrono::hours absolute_limit{12};

    Sessions(Store store, Kind kind) : store_(std::move(store)), kind_(kind) {}

    // At each sign-in, also at a stronger one: a new token, and the former one (may be empty) ends.
    Task<Result<NewSession>> begin(SessionOwner owner, Assurance assurance, Secret former);
    // The same after a right code, at assurance `mailbox`. Absent when the address is the person's no longer: taking it off ends
    // the sessions, and one that was about to begin by it as well.
    Task<Result<std::optional<NewSession>>> begin_with_address(PersonId owner, std::string address, Secret former);
    // The same after a right password, at assurance `account`. Absent when `hash` (RightPassword) is the owner's no longer:
    // a change of the password ends the sessions, and one that was about to begin with the old password as well.
    Task<Result<std::optional<NewSession>>> begin_with_password(SessionOwner owner, std::string hash, Secret former);
    // A new token for a session that goes on: its assurance stays, and so does its 12 hours' end. Absent when it is over.
    Task<Result<std::optional<NewSession>>> renew(Secret former);
    // Absent when unknown, idle for 15 minutes, or 12 hours old. Finding it counts as activity.
    Task<Result<std::optional<Session>>> find(Secret token);
    Task<Result<>> end(Secret token);
    Task<Result<>> sweep();

private:
    struct Beginning;
    Task<Result<std::optional<NewSession>>> begin_if(Beginning beginning);

    Store store_;
    Kind kind_;
};

}  // namespace sealpost::people

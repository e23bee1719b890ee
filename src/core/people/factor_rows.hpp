#pragma once

#include "core/people/factors.hpp"
#include "core/people/session_rows.hpp"

// Second factors as rows, for jobs of this room.
namespace sealpost::people {

// "person:17", "administrator:2": in the audit trail, for the guard, and what a wrapped secret is bound to.
[[nodiscard]] std::string name_of(const SessionOwner& owner);

Result<FactorCount> count_factors(db::Connection& connection, const SessionOwner& owner);
Result<> delete_factors(db::Connection& connection, const SessionOwner& owner);
// After one was taken away: recovery codes go with the last factor, and all sessions but the one that asked.
Result<> settle_removal(db::Connection& connection, const SessionOwner& owner, ByteView session);

// Whether the session with this digest may change the owner's factors: FactorVerdict::done, or why not.
struct ChangeRight {
    FactorVerdict verdict = FactorVerdict::done;
    SessionRow session = {};
};
Result<ChangeRight> judge_change(db::Connection& connection, const SessionOwner& owner, ByteView session, WallTime now);

}  // namespace sealpost::people

#pragma once

#include "core/people/factors.hpp"
#include "core/people/session_rows.hpp"

// Second factors as rows, for jobs of this room.
namespace sealpost::people {

// "person:17": in the audit trail, for the guard, and what a wrapped secret is bound to.
[[nodiscard]] std::string name_of(PersonId id);

Result<FactorCount> count_factors(db::Connection& connection, PersonId id);
Result<> delete_factors(db::Connection& connection, PersonId id);
// After one was taken away: recovery codes go with the last factor, and all sessions but the one that asked.
Result<> settle_removal(db::Connection& connection, PersonId id, ByteView session);

// Whether the session with this digest may change the person's factors: FactorVerdict::done, or why not.
struct ChangeRight {
    FactorVerdict verdict = FactorVerdict::done;
    SessionRow session = {};
};
Result<ChangeRight> judge_change(db::Connection& connection, PersonId id, ByteView session, WallTime now);

}  // namespace sealpost::people

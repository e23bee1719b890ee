#include "core/people/factor_rows.hpp"

#include "sys/db/database.hpp"

namespace sealpost::people {

std::string name_of(PersonId id) { return "person:" + std::to_string(id.value()); }

Result<FactorCount> count_factors(db::Connection& connection, PersonId id)
{
    auto row = connection.prepare(
        "select (select count(*) from people_passkey where person_id = ?1),"
        " (select count(*) from people_totp where person_id = ?1 and in_use = 1),"
        " (select count(*) from people_recovery_code where person_id = ?1)");
    row.bind(1, id.value());
    SEALPOST_CHECK(row.step());
    return FactorCount{static_cast<int>(row.column_int(0)), row.column_bool(1), static_cast<int>(row.column_int(2))};
}

Result<> delete_factors(db::Connection& connection, PersonId id)
{
    for (const auto* table : {"people_passkey", "people_totp", "people_recovery_code"}) {
        auto remove = connection.prepare("delete from " + std::string(table) + " where person_id = ?1");
        SEALPOST_CHECK(remove.bind(1, id.value()).run());
    }
    return {};
}

Result<> settle_removal(db::Connection& connection, PersonId id, ByteView session)
{
    SEALPOST_TRY(const auto left, count_factors(connection, id));
    if (!left.has_any()) SEALPOST_CHECK(delete_factors(connection, id));
    return end_other_sessions(connection, id, session);
}

Result<ChangeRight> judge_change(db::Connection& connection, PersonId id, ByteView session, WallTime now)
{
    SEALPOST_TRY(const auto row, load_session(connection, Sessions::Kind::person, session, now));
    if (!row || row->owner != id.value()) return ChangeRight{FactorVerdict::session_over};
    if (row->assurance < Assurance::account) return ChangeRight{FactorVerdict::needs_account};
    SEALPOST_TRY(const auto factors, count_factors(connection, id));
    // Else who found out the password alone would add a factor of their own.
    if (factors.has_any() && row->assurance < Assurance::strong) return ChangeRight{FactorVerdict::needs_strong};
    return ChangeRight{FactorVerdict::done, *row};
}

}  // namespace sealpost::people

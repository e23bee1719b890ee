#include "core/people/factor_rows.hpp"

#include "sys/db/database.hpp"

namespace sealpost::people {

std::string name_of(const SessionOwner& owner)
{
    return (kind_of(owner) == Sessions::Kind::person ? "person:" : "administrator:") + std::to_string(id_of(owner));
}

Result<FactorCount> count_factors(db::Connection& connection, const SessionOwner& owner)
{
    const bool is_person = kind_of(owner) == Sessions::Kind::person;
    const std::string passkeys = is_person ? "(select count(*) from people_passkey where person_id = ?2)" : "0";
    auto row = connection.prepare("select " + passkeys +
                                  ","
                                  " (select count(*) from people_totp where owner_kind = ?1 and owner_id = ?2 and in_use = 1),"
                                  " (select count(*) from people_recovery_code where owner_kind = ?1 and owner_id = ?2)");
    row.bind(1, static_cast<int>(kind_of(owner))).bind(2, id_of(owner));
    SEALPOST_CHECK(row.step());
    return FactorCount{static_cast<int>(row.column_int(0)), row.column_bool(1), static_cast<int>(row.column_int(2))};
}

Result<> delete_factors(db::Connection& connection, const SessionOwner& owner)
{
    for (const auto* table : {"people_totp", "people_recovery_code"}) {
        auto remove = connection.prepare("delete from " + std::string(table) + " where owner_kind = ?1 and owner_id = ?2");
        SEALPOST_CHECK(remove.bind(1, static_cast<int>(kind_of(owner))).bind(2, id_of(owner)).run());
    }
    if (kind_of(owner) != Sessions::Kind::person) return {};
    return connection.prepare("delete from people_passkey where person_id = ?1").bind(1, id_of(owner)).run();
}

Result<> settle_removal(db::Connection& connection, const SessionOwner& owner, ByteView session)
{
    SEALPOST_TRY(const auto left, count_factors(connection, owner));
    if (!left.has_any()) SEALPOST_CHECK(delete_factors(connection, owner));
    return end_other_sessions(connection, owner, session);
}

Result<ChangeRight> judge_change(db::Connection& connection, const SessionOwner& owner, ByteView session, WallTime now)
{
    SEALPOST_TRY(const auto row, load_session(connection, kind_of(owner), session, now));
    if (!row || row->owner != id_of(owner)) return ChangeRight{FactorVerdict::session_over};
    if (row->assurance < Assurance::account) return ChangeRight{FactorVerdict::needs_account};
    SEALPOST_TRY(const auto factors, count_factors(connection, owner));
    // Else who found out the password alone would add a factor of their own.
    if (factors.has_any() && row->assurance < Assurance::strong) return ChangeRight{FactorVerdict::needs_strong};
    return ChangeRight{FactorVerdict::done, *row};
}

}  // namespace sealpost::people

#include "core/revisions/policy_tables.hpp"

#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::revisions {

using db::Connection;

namespace {

constexpr std::string_view first_schema = R"(
create table policy_version (
    version   integer primary key,
    time      bigint  not null,
    author    text    not null,
    comment   text    not null,
    document  text    not null
);
create table policy_staged (
    slot      integer primary key check (slot = 1),
    revision  bigint  not null,
    base      bigint  not null,
    author    text    not null,
    time      bigint  not null,
    document  text    not null
);
)";

// An edition that was discarded must never come again, whatever the clock says.
constexpr std::string_view second_schema = R"(
create table policy_revision (
    slot      integer primary key check (slot = 1),
    last      bigint  not null
);
)";

Result<std::int64_t> read_last_revision(Connection& connection)
{
    auto statement = connection.prepare(
        "select max(last) from (select last from policy_revision union all select revision from policy_staged) as known");
    SEALPOST_TRY(const bool row, statement.step());
    return row && !statement.column_is_null(0) ? statement.column_int(0) : 0;
}

Result<> write_last_revision(Connection& connection, std::int64_t revision)
{
    SEALPOST_CHECK(connection.execute("delete from policy_revision"));
    auto statement = connection.prepare("insert into policy_revision (slot, last) values (1, ?1)");
    statement.bind(1, revision);
    return statement.run();
}

}  // namespace

std::vector<std::string_view> list_schema_steps() { return {first_schema, second_schema}; }

Result<std::int64_t> read_head(Connection& connection)
{
    auto statement = connection.prepare("select coalesce(max(version), 0) from policy_version");
    SEALPOST_TRY(const bool row, statement.step());
    return row ? statement.column_int(0) : 0;
}

Result<Version> read_version(Connection& connection, std::int64_t number)
{
    auto statement = connection.prepare("select version, document from policy_version where version = ?1");
    statement.bind(1, number);
    SEALPOST_TRY(const bool row, statement.step());
    if (!row) return Version{};
    return Version{statement.column_int(0), statement.column_text(1)};
}

Result<Version> read_current(Connection& connection)
{
    SEALPOST_TRY(const auto head, read_head(connection));
    return read_version(connection, head);
}

Result<Staged> read_staged(Connection& connection)
{
    auto statement = connection.prepare("select revision, base, author, document, time from policy_staged where slot = 1");
    SEALPOST_TRY(const bool row, statement.step());
    if (!row) return Staged{};
    return Staged{statement.column_int(0), statement.column_int(1), statement.column_text(2), statement.column_text(3),
                  statement.column_time(4)};
}

Result<Edition> read_edition(Connection& connection)
{
    SEALPOST_TRY(const auto head, read_head(connection));
    auto statement = connection.prepare("select revision from policy_staged where slot = 1");
    SEALPOST_TRY(const bool row, statement.step());
    return Edition{head, row ? statement.column_int(0) : 0};
}

Result<std::vector<CommitInfo>> read_history(Connection& connection, std::int64_t before, std::size_t most)
{
    auto statement = connection.prepare(
        "select version, time, author, comment from policy_version where ?1 = 0 or version < ?1 order by version desc limit ?2");
    statement.bind(1, before).bind(2, static_cast<std::int64_t>(most));
    return db::read_rows(statement, [](const db::Statement& row) -> CommitInfo {
        return {row.column_int(0), row.column_time(1), row.column_text(2), row.column_text(3)};
    });
}

Result<> write_version(Connection& connection, const CommitInfo& info, const std::string& text)
{
    auto statement =
        connection.prepare("insert into policy_version (version, time, author, comment, document) values (?1, ?2, ?3, ?4, ?5)");
    statement.bind(1, info.version).bind(2, info.time).bind(3, info.author).bind(4, info.comment).bind(5, text);
    return statement.run();
}

Result<> drop_staged(Connection& connection) { return connection.execute("delete from policy_staged"); }

Result<std::int64_t> write_staged(Connection& connection, const Staged& staged, WallTime now)
{
    SEALPOST_TRY(const auto last, read_last_revision(connection));
    SEALPOST_CHECK(drop_staged(connection));
    const auto revision = std::max<std::int64_t>(last + 1, now.time_since_epoch().count());
    auto statement = connection.prepare(
        "insert into policy_staged (slot, revision, base, author, time, document) values (1, ?1, ?2, ?3, ?4, ?5)");
    statement.bind(1, revision).bind(2, staged.base).bind(3, staged.author).bind(4, now).bind(5, staged.text);
    SEALPOST_CHECK(statement.run());
    SEALPOST_CHECK(write_last_revision(connection, revision));
    return revision;
}

}  // namespace sealpost::revisions

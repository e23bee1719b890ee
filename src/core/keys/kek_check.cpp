#include "core/keys/kek_check.hpp"

#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::keys {
namespace {

// What the store says of the keys that it was written with.
struct Written {
    std::vector<KnownVersion> known;
    std::vector<int> needed;  // of these a key is wrapped under
};

// Versions have names since the third step of the tables.
Result<bool> has_names(db::Connection& connection)
{
    auto row = connection.prepare("select count(*) from room_version where room = 'keys' and version >= 3");
    SEALPOST_CHECK(row.step());
    return row.column_int(0) > 0;
}

Result<Written> read_written(db::Connection& connection)
{
    Written written;
    SEALPOST_TRY(const bool is_there, connection.has_table("key_kek"));
    if (!is_there) return written;
    SEALPOST_TRY(const bool with_names, has_names(connection));
    const std::string name = with_names ? "name" : "''";
    auto versions = connection.prepare("select version, check_value, " + name + " from key_kek order by version");
    SEALPOST_TRY(written.known, db::read_rows(versions, [](const db::Statement& row) -> KnownVersion {
                     return {static_cast<int>(row.column_int(0)), row.column_bytes(1), row.column_text(2)};
                 }));
    auto needed = connection.prepare("select distinct kek_version from key_wrapped where kek_version is not null order by 1");
    SEALPOST_TRY(written.needed,
                 db::read_rows(needed, [](const db::Statement& row) { return static_cast<int>(row.column_int(0)); }));
    return written;
}

Result<> check_needed(const Written& written, KeyWrapper& kek)
{
    for (const int number : written.needed) {
        const auto found = kek.need(number);
        if (found.has_value()) continue;
        const auto known = std::ranges::find(written.known, number, &KnownVersion::number);
        if (known == written.known.end() || known->name.empty()) return found.error();
        return Error{Fault::config, "envelopes are wrapped under " + known->name + " (version " + std::to_string(number) +
                                        "): name it in service.kek or service.former_keks"};
    }
    return {};
}

}  // namespace

Result<> check_kek(db::Database& database, KeyWrapper& kek)
{
    SEALPOST_TRY(const auto written, database.read_now(read_written));
    SEALPOST_CHECK(kek.recognise(written.known, false));
    return check_needed(written, kek);
}

Result<> check_needed_versions(db::Database& database, KeyWrapper& kek)
{
    SEALPOST_TRY(const auto written, database.read_now(read_written));
    return check_needed(written, kek);
}

}  // namespace sealpost::keys

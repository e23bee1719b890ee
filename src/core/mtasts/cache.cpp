#include "core/mtasts/cache.hpp"

#include "base/text.hpp"
#include "core/mtasts/schema.hpp"

namespace sealpost::mtasts {
namespace {

constexpr std::string_view step_1 = R"sql(
create table mta_sts_policy (
    domain text not null primary key,
    id text not null,
    mode text not null,
    mx text not null,
    max_age_seconds bigint not null,
    fetched bigint not null,
    ends bigint not null) without rowid;
create index mta_sts_policy_ends on mta_sts_policy (ends);
)sql";

KeptPolicy read_row(const db::Statement& row)
{
    KeptPolicy kept;
    kept.id = row.column_text(0);
    kept.policy.mode = route::parse_sts_mode(row.column_text(1)).value_or(route::StsPolicy::Mode::none);
    const std::string patterns = row.column_text(2);
    for (const auto pattern : split(patterns, '\n'))
        if (!pattern.empty()) kept.policy.mx.emplace_back(pattern);
    kept.policy.max_age = std::chrono::seconds(row.column_int(3));
    kept.fetched = WallTime(std::chrono::milliseconds(row.column_int(4)));
    return kept;
}

Result<> make_room(db::Connection& connection, WallTime now)
{
    SEALPOST_CHECK(connection.prepare("delete from mta_sts_policy where ends <= ?1").bind(1, now).run());
    auto excess = connection.prepare(
        "delete from mta_sts_policy where domain not in (select domain from mta_sts_policy order by ends desc limit ?1)");
    return excess.bind(1, Cache::max_policies - 1).run();
}

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps{step_1};
    return steps;
}

Result<std::shared_ptr<Cache>> Cache::open(std::shared_ptr<db::Database> database, const Clock& clock)
{
    SEALPOST_CHECK(database->migrate("mtasts", schema_steps()));
    return std::shared_ptr<Cache>(new Cache(std::move(database), clock));
}

Task<Result<std::optional<KeptPolicy>>> Cache::find(std::string domain)
{
    auto work = [=, now = clock_->now()](db::Connection& connection) -> Result<std::optional<KeptPolicy>> {
        auto row = connection.prepare(
            "select id, mode, mx, max_age_seconds, fetched from mta_sts_policy where domain = ?1 and ends > ?2");
        row.bind(1, domain).bind(2, now);
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return std::optional<KeptPolicy>();
        return std::optional(read_row(row));
    };
    return database_->read(std::move(work));
}

Task<Result<>> Cache::keep(std::string domain, KeptPolicy kept)
{
    auto work = [=, now = clock_->now()](db::Connection& connection) -> Result<> {
        SEALPOST_CHECK(make_room(connection, now));
        auto insert = connection.prepare(
            "insert into mta_sts_policy (domain, id, mode, mx, max_age_seconds, fetched, ends) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (domain) do update set id = excluded.id, mode = excluded.mode, "
            "mx = excluded.mx, max_age_seconds = excluded.max_age_seconds, fetched = excluded.fetched, ends = excluded.ends");
        insert.bind(1, domain).bind(2, kept.id).bind(3, route::format_sts_mode(kept.policy.mode));
        insert.bind(4, join(kept.policy.mx, "\n")).bind(5, kept.policy.max_age.count()).bind(6, kept.fetched);
        return insert.bind(7, kept.fetched + kept.policy.max_age).run();
    };
    return database_->write(std::move(work));
}

}  // namespace sealpost::mtasts

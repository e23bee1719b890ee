#include "core/alerts/ledger.hpp"

#include "core/alerts/schema.hpp"

namespace sealpost::alerts {
namespace {

constexpr std::string_view step_1 = R"sql(
create table alert_told (
    kind text not null,
    about text not null,
    stage text not null,
    at bigint not null,
    primary key (kind, about, stage)) without rowid;
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps{step_1};
    return steps;
}

Result<std::shared_ptr<Ledger>> Ledger::open(std::shared_ptr<db::Database> database, const Clock& clock)
{
    SEALPOST_CHECK(database->migrate("alerts", schema_steps()));
    return std::shared_ptr<Ledger>(new Ledger(std::move(database), clock));
}

Task<Result<bool>> Ledger::was_told(std::string kind, std::string about, std::string stage)
{
    auto work = [=](db::Connection& connection) -> Result<bool> {
        auto row = connection.prepare("select 1 from alert_told where kind = ?1 and about = ?2 and stage = ?3");
        row.bind(1, kind).bind(2, about).bind(3, stage);
        return row.step();
    };
    return database_->read(std::move(work));
}

Task<Result<>> Ledger::note(std::string kind, std::string about, std::string stage)
{
    auto work = [=, now = clock_->now()](db::Connection& connection) -> Result<> {
        auto insert =
            connection.prepare("insert into alert_told (kind, about, stage, at) values (?1, ?2, ?3, ?4) on conflict do nothing");
        return insert.bind(1, kind).bind(2, about).bind(3, stage).bind(4, now).run();
    };
    return database_->write(std::move(work));
}

Task<Result<>> Ledger::forget(std::string kind, WallTime before)
{
    auto work = [=](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from alert_told where kind = ?1 and at < ?2").bind(1, kind).bind(2, before).run();
    };
    return database_->write(std::move(work));
}

Task<Result<>> Ledger::clear(std::string kind, std::string about)
{
    auto work = [=](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from alert_told where kind = ?1 and about = ?2").bind(1, kind).bind(2, about).run();
    };
    return database_->write(std::move(work));
}

}  // namespace sealpost::alerts

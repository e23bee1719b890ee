#include "core/people/administrators.hpp"

#include "core/people/audit.hpp"
#include "core/people/persons.hpp"
#include "core/people/sessions.hpp"
#include "sys/db/database.hpp"

namespace sealpost::people {
namespace {

constexpr std::string_view columns = "select id, name, account_id, of_node, password_hash from people_administrator ";
constexpr std::int64_t no_account = 0;  // ids of accounts begin at 1

Administrator read_administrator(const db::Statement& row)
{
    Duties duties;
    if (row.column_int(2) != no_account) duties.account = AccountId(row.column_int(2));
    duties.of_node = row.column_int(3) != 0;
    return {AdministratorId(row.column_int(0)), row.column_text(1), duties};
}

Result<> check_length(const Secret& password)
{
    if (password.size() < Persons::min_password_bytes)
        return Error{Fault::denied, "a password has " + std::to_string(Persons::min_password_bytes) + " characters at least"};
    if (password.size() > Persons::max_password_bytes) return Error{Fault::denied, "the password is too long"};
    return {};
}

Result<> end_sessions(db::Connection& connection, const std::string& name)
{
    auto remove = connection.prepare(
        "delete from people_session where kind = ?2"
        " and owner_id in (select id from people_administrator where name = ?1)");
    return remove.bind(1, name).bind(2, static_cast<int>(Sessions::Kind::administrator)).run();
}

}  // namespace

Task<Result<Administrator>> Administrators::add(std::string name, Duties duties, Secret password)
{
    if (name.empty() || name.size() > 64) co_return Error{Fault::denied, "an administrator's name has 1 to 64 octets"};
    if (!duties.account && !duties.of_node) co_return Error{Fault::denied, "an administrator of nothing"};
    SEALPOST_CO_CHECK(check_length(password));
    auto hash = co_await passwords_->hash(std::move(password));
    if (!hash) co_return hash.error();
    auto work = [name, duties, hash = std::move(*hash),
                 now = store_.clock->now()](db::Connection& connection) -> Result<Administrator> {
        auto insert = connection.prepare(
            "insert into people_administrator (name, account_id, of_node, password_hash, created_at)"
            " values (?1, ?2, ?3, ?4, ?5) on conflict (name) do nothing");
        insert.bind(1, name).bind(2, duties.account ? duties.account->value() : no_account).bind(3, duties.of_node ? 1 : 0);
        SEALPOST_CHECK(insert.bind(4, hash).bind(5, now).run());
        if (connection.changes() == 0) return Error{Fault::denied, "there is an administrator " + name + " already"};
        const AdministratorId id(connection.last_insert_id());
        SEALPOST_CHECK(
            append_audit(connection, now, {"operator", "local", "administrator.added", "administrator:" + name, "{}"}));
        return Administrator{id, name, duties};
    };
    auto added = co_await store_.database->write(std::move(work));
    co_return added;
}

Task<Result<std::vector<Administrator>>> Administrators::list()
{
    auto work = [](db::Connection& connection) -> Result<std::vector<Administrator>> {
        auto rows = connection.prepare(std::string(columns) + "order by name");
        std::vector<Administrator> all;
        while (true) {
            SEALPOST_TRY(const bool more, rows.step());
            if (!more) return all;
            all.push_back(read_administrator(rows));
        }
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Administrator>>> Administrators::find(AdministratorId id)
{
    auto work = [id](db::Connection& connection) -> Result<std::optional<Administrator>> {
        auto row = connection.prepare(std::string(columns) + "where id = ?1");
        row.bind(1, id.value());
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return std::optional<Administrator>();
        return std::optional(read_administrator(row));
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Administrator>>> Administrators::check_password(std::string name, Secret password)
{
    if (password.size() > Persons::max_password_bytes) co_return std::optional<Administrator>();
    struct Known {
        std::optional<Administrator> administrator;
        std::string hash;
    };
    auto look = [name = std::move(name)](db::Connection& connection) -> Result<Known> {
        auto row = connection.prepare(std::string(columns) + "where name = ?1");
        row.bind(1, name);
        SEALPOST_TRY(const bool found, row.step());
        return found ? Known{read_administrator(row), row.column_text(4)} : Known{};
    };
    auto known = co_await store_.database->read(std::move(look));
    if (!known) co_return known.error();
    auto verdict = co_await passwords_->check(known->hash, std::move(password));
    if (!verdict) co_return verdict.error();
    if (!verdict->right) co_return std::optional<Administrator>();
    if (!verdict->better_hash.empty()) {
        store_.database->post([known = *known, better = verdict->better_hash](db::Connection& connection) -> Result<> {
            auto update =
                connection.prepare("update people_administrator set password_hash = ?2 where id = ?1 and password_hash = ?3");
            return update.bind(1, known.administrator->id.value()).bind(2, better).bind(3, known.hash).run();
        });
    }
    co_return known->administrator;
}

Task<Result<bool>> Administrators::set_password(std::string name, Secret password)
{
    SEALPOST_CO_CHECK(check_length(password));
    auto hash = co_await passwords_->hash(std::move(password));
    if (!hash) co_return hash.error();
    auto work = [name = std::move(name), hash = std::move(*hash),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        auto update = connection.prepare("update people_administrator set password_hash = ?2 where name = ?1");
        SEALPOST_CHECK(update.bind(1, name).bind(2, hash).run());
        if (connection.changes() == 0) return false;
        SEALPOST_CHECK(end_sessions(connection, name));
        SEALPOST_CHECK(
            append_audit(connection, now, {"operator", "local", "administrator.password_set", "administrator:" + name, "{}"}));
        return true;
    };
    auto changed = co_await store_.database->write(std::move(work));
    co_return changed;
}

Task<Result<bool>> Administrators::remove(std::string name)
{
    auto work = [name = std::move(name), now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_CHECK(end_sessions(connection, name));
        SEALPOST_CHECK(connection.prepare("delete from people_administrator where name = ?1").bind(1, name).run());
        if (connection.changes() == 0) return false;
        SEALPOST_CHECK(
            append_audit(connection, now, {"operator", "local", "administrator.removed", "administrator:" + name, "{}"}));
        return true;
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people

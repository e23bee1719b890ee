#include "core/people/administrators.hpp"

#include "base/text.hpp"
#include "core/people/audit.hpp"
#include "core/people/factor_rows.hpp"
#include "core/people/guard.hpp"
#include "core/people/password_proof.hpp"
#include "core/people/persons.hpp"
#include "core/people/sessions.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"
#include "wire/mail/visible_text.hpp"

#include <functional>

namespace sealpost::people {
namespace {

constexpr std::string_view columns =
    "select id, name, account_id, of_node, disabled, password_hash,"
    " (select count(*) from people_totp where owner_kind = 1 and owner_id = people_administrator.id and in_use = 1)"
    " from people_administrator ";
static_assert(static_cast<int>(Sessions::Kind::administrator) == 1);
constexpr std::int64_t no_account = 0;  // ids of accounts begin at 1
constexpr std::string_view id_prefix = "administrator:";
constexpr std::size_t max_name_bytes = 64;

Administrator read_administrator(const db::Statement& row)
{
    Duties duties;
    if (row.column_int(2) != no_account) duties.account = AccountId(row.column_int(2));
    duties.of_node = row.column_int(3) != 0;
    return {AdministratorId(row.column_int(0)), row.column_text(1), duties, row.column_int(4) == 0, row.column_int(6) != 0};
}

Result<> check_length(const Secret& password)
{
    if (!Persons::is_long_enough(password))
        return Error{Fault::denied, "a password has " + std::to_string(Persons::min_password_characters) +
                                        " characters at least, without the spaces around them"};
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

Result<std::optional<Administrator>> find_row(db::Connection& connection, const std::string& name)
{
    auto row = connection.prepare(std::string(columns) + "where name = ?1");
    row.bind(1, name);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Administrator>();
    return std::optional(read_administrator(row));
}

Result<std::optional<Administrator>> find_row(db::Connection& connection, AdministratorId id)
{
    auto row = connection.prepare(std::string(columns) + "where id = ?1");
    row.bind(1, id.value());
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Administrator>();
    return std::optional(read_administrator(row));
}

// Whoever has no session has a shell on the machine.
Result<bool> may_still(db::Connection& connection, const Actor& by, const Duties& duties)
{
    if (!by.administrator) return true;
    SEALPOST_TRY(const auto actor, find_row(connection, *by.administrator));
    return actor && actor->is_enabled && may_manage(actor->duties, duties);
}

// Whether somebody else who may sign in has what this administrator gives up. What `after` keeps is not given up.
Result<AdministratorChange> check_others(db::Connection& connection, const Administrator& before, const Duties& after)
{
    if (!before.is_enabled) return AdministratorChange::done;
    auto others = connection.prepare(
        "select coalesce(sum(of_node), 0), count(case when account_id = ?2 then 1 end) from people_administrator"
        " where id <> ?1 and disabled = 0");
    const auto& account = before.duties.account;
    others.bind(1, before.id.value()).bind(2, account ? account->value() : no_account);
    SEALPOST_TRY([[maybe_unused]] const bool found, others.step());
    if (before.duties.of_node && !after.of_node && others.column_int(0) == 0) return AdministratorChange::last_of_node;
    if (account && after.account != account && others.column_int(1) == 0) return AdministratorChange::last_of_account;
    return AdministratorChange::done;
}

Result<> tell(db::Connection& connection, WallTime now, const Actor& by, std::string_view what, const std::string& name,
              std::string details = "{}")
{
    return append_audit(
        connection, now,
        {by.who, by.network, "administrator." + std::string(what), std::string(id_prefix) + name, std::move(details)});
}

// With the number by which the trail names what they do.
std::string describe(const Duties& duties, AdministratorId id)
{
    return "{\"id\":" + std::to_string(id.value()) +
           ",\"account\":" + (duties.account ? std::to_string(duties.account->value()) : "null") +
           ",\"node\":" + (duties.of_node ? "true}" : "false}");
}

struct SignInRecord {
    std::string_view counted_as;
    std::string_view deed;
};
SignInRecord describe(SignIn what)
{
    switch (what) {
        case SignIn::right: return {"right", "signed_in"};
        case SignIn::code_asked: return {"asked", "code_asked"};
        case SignIn::wrong_code: return {"code", "code_refused"};
        case SignIn::wrong: break;
    }
    return {"wrong", "sign_in_refused"};
}

// What a change writes, once it may be made.
using Deed = std::function<Result<>(db::Connection&, const Administrator&)>;

struct Wish {
    std::string name;
    LastOne last = LastOne::stays;
    Actor by;
    Duties after = {};  // what stays of their duties
};

Result<AdministratorChange> change(db::Connection& connection, const Wish& wish, const Deed& deed)
{
    SEALPOST_TRY(const auto before, find_row(connection, wish.name));
    if (!before) return AdministratorChange::unknown;
    SEALPOST_TRY(const bool may, may_still(connection, wish.by, before->duties));
    if (!may) return AdministratorChange::unknown;
    SEALPOST_TRY(const auto verdict, check_others(connection, *before, wish.after));
    if (verdict != AdministratorChange::done && wish.last == LastOne::stays) return verdict;
    SEALPOST_CHECK(end_sessions(connection, wish.name));
    SEALPOST_CHECK(deed(connection, *before));
    return AdministratorChange::done;
}

}  // namespace

bool may_manage(const Duties& actor, const Duties& others)
{
    if (actor.of_node) return true;
    return !others.of_node && others.account && others.account == actor.account;
}

std::string format_administrator(AdministratorId id) { return std::string(id_prefix) + std::to_string(id.value()); }

std::string_view check_administrator_name(std::string_view name)
{
    if (name.empty() || name.size() > max_name_bytes) return "has 1 to 64 octets";
    if (!mail::is_all_visible(name)) return "holds line ends, control characters or others that the eye does not see";
    if (trim(name).size() != name.size()) return "begins or ends with a space";
    if (name.starts_with(id_prefix)) return "is none: so the audit trail numbers administrators";
    return {};
}

Task<Result<Administrator>> Administrators::add(std::string name, Duties duties, Secret password, Actor by)
{
    if (const auto wrong = check_administrator_name(name); !wrong.empty())
        co_return Error{Fault::denied, "an administrator's name " + std::string(wrong)};
    if (!duties.account && !duties.of_node) co_return Error{Fault::denied, "an administrator of nothing"};
    SEALPOST_CO_CHECK(check_length(password));
    auto hash = co_await passwords_->hash(std::move(password));
    if (!hash) co_return hash.error();
    auto work = [name, duties, by, hash = std::move(*hash),
                 now = store_.clock->now()](db::Connection& connection) -> Result<Administrator> {
        SEALPOST_TRY(const bool may, may_still(connection, by, duties));
        if (!may) return Error{Fault::denied, "an administrator of what is not managed any more by who adds them"};
        auto insert = connection.prepare(
            "insert into people_administrator (name, account_id, of_node, password_hash, created_at)"
            " values (?1, ?2, ?3, ?4, ?5) on conflict (name) do nothing");
        insert.bind(1, name).bind(2, duties.account ? duties.account->value() : no_account).bind(3, duties.of_node ? 1 : 0);
        SEALPOST_CHECK(insert.bind(4, hash).bind(5, now).run());
        if (connection.changes() == 0) return Error{Fault::denied, "there is an administrator " + name + " already"};
        const AdministratorId id(connection.last_insert_id());
        SEALPOST_CHECK(tell(connection, now, by, "added", name, describe(duties, id)));
        return Administrator{id, name, duties};
    };
    auto added = co_await store_.database->write(std::move(work));
    co_return added;
}

Task<Result<std::vector<Administrator>>> Administrators::list()
{
    auto work = [](db::Connection& connection) -> Result<std::vector<Administrator>> {
        auto rows = connection.prepare(std::string(columns) + "order by name");
        return db::read_rows(rows, read_administrator);
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Administrator>>> Administrators::find(AdministratorId id)
{
    auto work = [id](db::Connection& connection) { return find_row(connection, id); };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Administrator>>> Administrators::find_by_name(std::string name)
{
    auto work = [name = std::move(name)](db::Connection& connection) { return find_row(connection, name); };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Administrator>>> Administrators::find_said(std::string said)
{
    const std::string_view rest =
        std::string_view(said).starts_with(id_prefix) ? std::string_view(said).substr(id_prefix.size()) : "";
    const auto number = parse_decimal(rest);
    if (number) return find(AdministratorId(static_cast<std::int64_t>(*number)));
    return find_by_name(std::move(said));
}

Task<Result<std::optional<RightPassword<Administrator>>>> Administrators::check_password(std::string name, Secret password,
                                                                                         std::string network)
{
    using Answer = std::optional<RightPassword<Administrator>>;
    if (password.size() > Persons::max_password_bytes) co_return Answer();
    struct Known {
        std::optional<Administrator> administrator;
        KnownPassword password;
    };
    auto look = [key = GuardKey{GuardKey::Kind::administrator, std::move(name), std::move(network)},
                 now = store_.clock->now()](db::Connection& connection) -> Result<Known> {
        SEALPOST_TRY(const bool is_known, is_known_network(connection, key, now));
        auto row = connection.prepare(std::string(columns) + "where name = ?1");
        row.bind(1, key.name);
        SEALPOST_TRY(const bool found, row.step());
        const PasswordChecker::Place place{key.network, is_known};
        if (!found || row.column_int(4) != 0) return Known{{}, {AdministratorId(), "", place}};
        const auto administrator = read_administrator(row);
        return Known{administrator, {administrator.id, row.column_text(5), place}};
    };
    SEALPOST_CO_TRY(auto known, co_await store_.database->read(std::move(look)));
    SEALPOST_CO_TRY(auto hash, co_await prove_password(store_, *passwords_, std::move(known.password), std::move(password)));
    if (!hash) co_return Answer();
    co_return Answer({std::move(*known.administrator), std::move(*hash)});
}

void Administrators::note_sign_in(std::string name, SignIn what, std::string network)
{
    auto work = [name = std::move(name), what, network = std::move(network),
                 now = store_.clock->now()](db::Connection& connection) -> Result<> {
        SEALPOST_TRY(const auto known, find_row(connection, name));
        if (!known) return {};
        const auto record = describe(what);
        const std::string counted = std::string(record.counted_as) + ' ' + name;
        SEALPOST_TRY(const auto verdict, admit_within(connection, {{GuardKey::Kind::sign_in_record, counted}}, now));
        if (!verdict.admitted) return {};
        const Actor by{what == SignIn::right ? format_administrator(known->id) : "nobody", network};
        return tell(connection, now, by, record.deed, name);
    };
    store_.database->post(std::move(work));
}

Task<Result<bool>> Administrators::set_password(std::string name, Secret password, Actor by)
{
    SEALPOST_CO_CHECK(check_length(password));
    auto hash = co_await passwords_->hash(std::move(password));
    if (!hash) co_return hash.error();
    auto work = [name = std::move(name), by, hash = std::move(*hash),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto known, find_row(connection, name));
        if (!known) return false;
        SEALPOST_TRY(const bool may, may_still(connection, by, known->duties));
        if (!may) return false;
        auto update = connection.prepare("update people_administrator set password_hash = ?2 where name = ?1");
        SEALPOST_CHECK(update.bind(1, name).bind(2, hash).run());
        SEALPOST_CHECK(end_sessions(connection, name));
        SEALPOST_CHECK(tell(connection, now, by, "password_set", name));
        return true;
    };
    auto changed = co_await store_.database->write(std::move(work));
    co_return changed;
}

Task<Result<AdministratorChange>> Administrators::set_duties(std::string name, Duties duties, LastOne last, Actor by)
{
    if (!duties.account && !duties.of_node) co_return Error{Fault::denied, "an administrator of nothing"};
    auto work = [wish = Wish{std::move(name), last, std::move(by), duties},
                 now = store_.clock->now()](db::Connection& connection) -> Result<AdministratorChange> {
        SEALPOST_TRY(const bool may, may_still(connection, wish.by, wish.after));
        if (!may) return AdministratorChange::unknown;
        return change(connection, wish, [&](db::Connection& c, const Administrator& before) -> Result<> {
            if (before.duties == wish.after) return {};
            const auto& account = wish.after.account;
            auto update = c.prepare("update people_administrator set account_id = ?2, of_node = ?3 where id = ?1");
            update.bind(1, before.id.value()).bind(2, account ? account->value() : no_account);
            SEALPOST_CHECK(update.bind(3, wish.after.of_node ? 1 : 0).run());
            return tell(c, now, wish.by, "changed", wish.name, describe(wish.after, before.id));
        });
    };
    auto changed = co_await store_.database->write(std::move(work));
    co_return changed;
}

Task<Result<AdministratorChange>> Administrators::set_enabled(std::string name, bool is_enabled, LastOne last, Actor by)
{
    auto work = [name = std::move(name), is_enabled, last, by,
                 now = store_.clock->now()](db::Connection& connection) -> Result<AdministratorChange> {
        SEALPOST_TRY(const auto known, find_row(connection, name));
        const Wish wish{name, last, by, known && is_enabled ? known->duties : Duties()};
        return change(connection, wish, [&](db::Connection& c, const Administrator& before) -> Result<> {
            if (before.is_enabled == is_enabled) return {};
            auto update = c.prepare("update people_administrator set disabled = ?2 where id = ?1");
            SEALPOST_CHECK(update.bind(1, before.id.value()).bind(2, is_enabled ? 0 : 1).run());
            return tell(c, now, by, is_enabled ? "enabled" : "disabled", name);
        });
    };
    return store_.database->write(std::move(work));
}

Task<Result<AdministratorChange>> Administrators::remove(std::string name, LastOne last, Actor by)
{
    auto work = [wish = Wish{std::move(name), last, std::move(by)}, now = store_.clock->now()](db::Connection& connection) {
        return change(connection, wish, [&](db::Connection& c, const Administrator& before) -> Result<> {
            SEALPOST_CHECK(c.prepare("delete from people_administrator where id = ?1").bind(1, before.id.value()).run());
            SEALPOST_CHECK(delete_factors(c, before.id));
            // By the name for passwords, by the number for second factors.
            auto networks = c.prepare(
                "delete from people_known_network where (of_administrator = 1 and name = ?1) or (of_administrator = 0 and name = "
                "?2)");
            SEALPOST_CHECK(networks.bind(1, wish.name).bind(2, format_administrator(before.id)).run());
            return tell(c, now, wish.by, "removed", wish.name);
        });
    };
    return store_.database->write(std::move(work));
}

Task<Result<FactorRemoval>> Administrators::remove_factors(std::string name, Actor by)
{
    auto work = [name = std::move(name), by = std::move(by),
                 now = store_.clock->now()](db::Connection& connection) -> Result<FactorRemoval> {
        SEALPOST_TRY(const auto known, find_row(connection, name));
        if (!known) return FactorRemoval::unknown;
        SEALPOST_TRY(const bool may, may_still(connection, by, known->duties));
        if (!may) return FactorRemoval::unknown;
        SEALPOST_CHECK(delete_factors(connection, known->id));
        if (!known->has_second_factor) return FactorRemoval::none;
        SEALPOST_CHECK(end_sessions(connection, name));
        SEALPOST_CHECK(tell(connection, now, by, "factors_removed", name));
        return FactorRemoval::done;
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people

#include "core/people/password_proof.hpp"

#include "core/people/session_rows.hpp"
#include "sys/db/database.hpp"

namespace sealpost::people {
namespace {

// Only over the very hash that was checked: a change of password in between wins.
Result<bool> improve_hash(db::Connection& connection, const KnownPassword& known, const std::string& better)
{
    auto update =
        connection.prepare(kind_of(known.owner) == Sessions::Kind::person
                               ? "update people_person set password_hash = ?2 where id = ?1 and password_hash = ?3"
                               : "update people_administrator set password_hash = ?2 where id = ?1 and password_hash = ?3");
    SEALPOST_CHECK(update.bind(1, id_of(known.owner)).bind(2, better).bind(3, known.hash).run());
    return connection.changes() == 1;
}

}  // namespace

Task<Result<std::optional<std::string>>> prove_password(Store store, PasswordChecker& checker, KnownPassword known,
                                                        Secret password)
{
    auto verdict = co_await checker.check(known.hash, std::move(password), known.place);
    if (!verdict) co_return verdict.error();
    if (!verdict->right) co_return std::optional<std::string>();
    if (verdict->better_hash.empty()) co_return std::optional(std::move(known.hash));
    auto improve = [known = std::move(known), better = verdict->better_hash](db::Connection& connection) {
        return improve_hash(connection, known, better);
    };
    auto improved = co_await store.database->write(std::move(improve));
    if (!improved) co_return improved.error();
    if (!*improved) co_return std::optional<std::string>();
    co_return std::optional(std::move(verdict->better_hash));
}

}  // namespace sealpost::people

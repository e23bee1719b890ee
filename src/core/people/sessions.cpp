#include "core/people/sessions.hpp"

#include "core/people/session_rows.hpp"
#include "core/people/token_text.hpp"
#include "sys/db/database.hpp"

#include <functional>

namespace sealpost::people {
namespace {

// Activity is written down at most this often; a session ends that much early at worst.
constexpr std::chrono::seconds note_activity_every{30};

}  // namespace

struct Sessions::Beginning {
    Secret former;
    // Decides in the same transaction what session there will be; absent: none, and the former one stays.
    std::function<Result<std::optional<SessionRow>>(db::Connection&)> judge;
};

Task<Result<std::optional<NewSession>>> Sessions::begin_if(Beginning beginning)
{
    auto seed = std::make_shared<SessionSeed>();
    auto work = [judge = std::move(beginning.judge), seed, former = digest_token(beginning.former), kind = kind_,
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto row, judge(connection));
        if (!row) return false;
        SEALPOST_CHECK(replace_session(connection, kind, *row, *seed, former, now));
        return true;
    };
    auto begun = co_await store_.database->write(std::move(work));
    if (!begun) co_return begun.error();
    if (!*begun) co_return std::optional<NewSession>();
    co_return std::optional(seed->take());
}

Task<Result<NewSession>> Sessions::begin(SessionOwner owner, Assurance assurance, Secret former)
{
    const SessionRow row{id_of(owner), assurance, store_.clock->now()};
    Beginning beginning{std::move(former),
                        [row](db::Connection&) -> Result<std::optional<SessionRow>> { return std::optional(row); }};
    auto begun = co_await begin_if(std::move(beginning));
    if (!begun) co_return begun.error();
    co_return std::move(**begun);
}

Task<Result<std::optional<NewSession>>> Sessions::begin_with_address(PersonId owner, std::string address, Secret former)
{
    const SessionRow row{owner.value(), Assurance::mailbox, store_.clock->now()};
    Beginning beginning;
    beginning.former = std::move(former);
    beginning.judge = [row, address = std::move(address)](db::Connection& connection) -> Result<std::optional<SessionRow>> {
        auto match = connection.prepare("select 1 from people_address where address = ?1 and person_id = ?2");
        match.bind(1, address).bind(2, row.owner);
        SEALPOST_TRY(const bool matches, match.step());
        return matches ? std::optional(row) : std::nullopt;
    };
    auto begun = co_await begin_if(std::move(beginning));
    co_return begun;
}

Task<Result<std::optional<NewSession>>> Sessions::begin_with_password(SessionOwner owner, std::string hash, Secret former)
{
    const SessionRow row{id_of(owner), Assurance::account, store_.clock->now()};
    Beginning beginning;
    beginning.former = std::move(former);
    beginning.judge = [row, hash = std::move(hash),
                       kind = kind_](db::Connection& connection) -> Result<std::optional<SessionRow>> {
        auto match = connection.prepare(
            kind == Kind::person ? "select 1 from people_person where id = ?1 and password_hash = ?2"
                                 : "select 1 from people_administrator where id = ?1 and password_hash = ?2 and disabled = 0");
        match.bind(1, row.owner).bind(2, hash);
        SEALPOST_TRY(const bool matches, match.step());
        return matches && !hash.empty() ? std::optional(row) : std::nullopt;
    };
    auto begun = co_await begin_if(std::move(beginning));
    co_return begun;
}

Task<Result<std::optional<NewSession>>> Sessions::renew(Secret former)
{
    Beginning beginning;
    beginning.judge = [digest = digest_token(former), kind = kind_, now = store_.clock->now()](db::Connection& connection) {
        return load_session(connection, kind, digest, now);
    };
    beginning.former = std::move(former);
    auto begun = co_await begin_if(std::move(beginning));
    co_return begun;
}

Task<Result<std::optional<Session>>> Sessions::find(Secret token)
{
    const WallTime now = store_.clock->now();
    struct Found {
        Session session;
        WallTime active_at;
    };
    const auto digest = digest_token(token);
    auto work = [digest, kind = kind_, now](db::Connection& connection) -> Result<std::optional<Found>> {
        auto row = connection.prepare(
            "select owner_id, assurance, csrf, signed_in_at, active_at from people_session"
            " where digest = ?1 and kind = ?2 and signed_in_at > ?3 and active_at > ?4");
        row.bind(1, ByteView(digest)).bind(2, static_cast<int>(kind)).bind(3, now - absolute_limit).bind(4, now - idle_limit);
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return std::optional<Found>();
        const auto id = row.column_int(0);
        const SessionOwner owner = kind == Kind::person ? SessionOwner(PersonId(id)) : SessionOwner(AdministratorId(id));
        return std::optional(Found{{owner, static_cast<Assurance>(row.column_int(1)), row.column_text(2), row.column_time(3)},
                                   row.column_time(4)});
    };
    auto found = co_await store_.database->read(std::move(work));
    if (!found) co_return found.error();
    if (!*found) co_return std::optional<Session>();
    if (now - (*found)->active_at >= note_activity_every) {
        store_.database->post([digest, now](db::Connection& connection) -> Result<> {
            auto update = connection.prepare("update people_session set active_at = ?2 where digest = ?1");
            return update.bind(1, ByteView(digest)).bind(2, now).run();
        });
    }
    co_return std::optional(std::move((*found)->session));
}

Task<Result<>> Sessions::end(Secret token)
{
    auto work = [digest = digest_token(token), kind = kind_](db::Connection& connection) -> Result<> {
        auto remove = connection.prepare("delete from people_session where digest = ?1 and kind = ?2");
        return remove.bind(1, ByteView(digest)).bind(2, static_cast<int>(kind)).run();
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> Sessions::sweep()
{
    auto work = [kind = kind_, now = store_.clock->now()](db::Connection& connection) -> Result<> {
        auto remove =
            connection.prepare("delete from people_session where kind = ?1 and (signed_in_at <= ?2 or active_at <= ?3)");
        return remove.bind(1, static_cast<int>(kind)).bind(2, now - absolute_limit).bind(3, now - idle_limit).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people

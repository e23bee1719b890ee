#include "core/domains/own_sessions.hpp"

#include "core/domains/rows.hpp"
#include "core/people/token_text.hpp"
#include "sys/db/database.hpp"

namespace sealpost::domains {

Task<Result<NewOwnSession>> OwnSessions::begin(std::string domain)
{
    Secret token = people::make_token_text("");
    const Secret csrf_text = people::make_token_text("");
    std::string csrf(csrf_text.reveal_text());
    auto work = [domain = normal_name(domain), digest = people::digest_token(token), csrf,
                 expires_at = store_.clock->now() + lifetime](db::Connection& connection) -> Result<> {
        auto insert = connection.prepare("insert into domain_session (digest, name, csrf, expires_at) values (?1, ?2, ?3, ?4)");
        return insert.bind(1, ByteView(digest)).bind(2, domain).bind(3, csrf).bind(4, expires_at).run();
    };
    auto stored = co_await store_.database->write(std::move(work));
    if (stored.has_error()) co_return stored.error();
    co_return NewOwnSession{std::move(token), std::move(csrf)};
}

Task<Result<std::optional<OwnSession>>> OwnSessions::find(Secret token)
{
    auto work = [digest = people::digest_token(token),
                 now = store_.clock->now()](db::Connection& connection) -> Result<std::optional<OwnSession>> {
        auto row = connection.prepare("select name, csrf from domain_session where digest = ?1 and expires_at > ?2");
        row.bind(1, ByteView(digest)).bind(2, now);
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return std::optional<OwnSession>();
        return std::optional(OwnSession{row.column_text(0), row.column_text(1)});
    };
    return store_.database->read(std::move(work));
}

Task<Result<>> OwnSessions::end(Secret token)
{
    auto work = [digest = people::digest_token(token)](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from domain_session where digest = ?1").bind(1, ByteView(digest)).run();
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> OwnSessions::sweep()
{
    auto work = [now = store_.clock->now()](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from domain_session where expires_at <= ?1").bind(1, now).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::domains

#include "core/people/session_rows.hpp"

#include "base/encoding.hpp"
#include "core/people/token_text.hpp"
#include "sys/db/database.hpp"

namespace sealpost::people {
namespace {

// Tied to the token and not to be computed without it.
std::string derive_csrf(const Secret& token)
{
    return format_base64url(crypto::hmac_sha256(token.reveal(), as_bytes("sealpost csrf 1")));
}

}  // namespace

Sessions::Kind kind_of(const SessionOwner& owner)
{
    return std::holds_alternative<PersonId>(owner) ? Sessions::Kind::person : Sessions::Kind::administrator;
}

std::int64_t id_of(const SessionOwner& owner)
{
    return std::visit([](const auto& id) { return id.value(); }, owner);
}

SessionSeed::SessionSeed() : token(make_token_text("")), csrf(derive_csrf(token)), digest(digest_token(token)) {}

Result<std::optional<SessionRow>> load_session(db::Connection& connection, Sessions::Kind kind, ByteView digest, WallTime now)
{
    auto row = connection.prepare(
        "select owner_id, assurance, signed_in_at from people_session"
        " where digest = ?1 and kind = ?2 and signed_in_at > ?3 and active_at > ?4");
    row.bind(1, digest).bind(2, static_cast<int>(kind));
    row.bind(3, now - Sessions::absolute_limit).bind(4, now - Sessions::idle_limit);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<SessionRow>();
    return std::optional(SessionRow{row.column_int(0), static_cast<Assurance>(row.column_int(1)), row.column_time(2)});
}

Result<> replace_session(db::Connection& connection, Sessions::Kind kind, const SessionRow& row, SessionSeed& seed,
                         ByteView former, WallTime now)
{
    SEALPOST_CHECK(connection.prepare("delete from people_session where digest = ?1").bind(1, former).run());
    auto insert = connection.prepare(
        "insert into people_session (digest, kind, owner_id, assurance, csrf, signed_in_at, active_at)"
        " values (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    insert.bind(1, ByteView(seed.digest)).bind(2, static_cast<int>(kind)).bind(3, row.owner);
    insert.bind(4, static_cast<int>(row.assurance)).bind(5, seed.csrf).bind(6, row.signed_in_at).bind(7, now);
    seed.signed_in_at = row.signed_in_at;
    return insert.run();
}

Result<> end_other_sessions(db::Connection& connection, const SessionOwner& owner, ByteView kept)
{
    auto end = connection.prepare("delete from people_session where kind = ?2 and owner_id = ?1 and digest <> ?3");
    end.bind(1, id_of(owner)).bind(2, static_cast<int>(kind_of(owner))).bind(3, kept);
    return end.run();
}

}  // namespace sealpost::people

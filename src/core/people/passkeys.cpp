#include "core/people/passkeys.hpp"

#include "core/people/audit.hpp"
#include "core/people/factor_rows.hpp"
#include "core/people/token_text.hpp"
#include "sys/crypto/random.hpp"
#include "sys/db/database.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sealpost::people {
namespace {

namespace json = boost::json;
using webauthn::Ceremony;

std::string name_passkey(std::int64_t id) { return json::serialize(json::object{{"passkey", id}}); }

Result<> record(db::Connection& connection, PersonId person, const std::string& network, std::string what, std::int64_t id,
                WallTime now)
{
    const auto name = name_of(person);
    return append_audit(connection, now, {name, network, std::move(what), name, name_passkey(id)});
}

// The challenge that the answer names, used up whatever comes of it. Absent: none of ours for this ceremony and session.
Result<std::optional<Bytes>> take_challenge(db::Connection& connection, Ceremony ceremony, const std::string& client_data,
                                            ByteView session, WallTime now)
{
    const auto data = webauthn::parse_client_data(client_data);
    if (!data) return std::optional<Bytes>();
    const auto digest = crypto::sha256(data->challenge);
    auto row = connection.prepare("select purpose, session_digest, expires_at from people_challenge where digest = ?1");
    row.bind(1, ByteView(digest));
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Bytes>();
    const auto of_session = row.column_bytes(1);
    const bool is_good = row.column_int(0) == static_cast<int>(ceremony) && row.column_time(2) > now &&
                         crypto::equal_in_constant_time(of_session, session);
    row.rewind();
    SEALPOST_CHECK(connection.prepare("delete from people_challenge where digest = ?1").bind(1, ByteView(digest)).run());
    return is_good ? std::optional(data->challenge) : std::nullopt;
}

// ---- adding

struct Adding {
    webauthn::RelyingParty party;
    PersonId person;
    std::string network;
    std::string name;
    webauthn::RegistrationAnswer answer;
    crypto::Digest256 session;
    std::shared_ptr<SessionSeed> seed;
    WallTime now;
};

Result<bool> is_known(db::Connection& connection, const Bytes& credential_id)
{
    auto row = connection.prepare("select 1 from people_passkey where credential_id = ?1");
    return row.bind(1, ByteView(credential_id)).step();
}

Result<> insert_passkey(db::Connection& connection, const Adding& adding, const webauthn::Registration& made)
{
    auto insert = connection.prepare(
        "insert into people_passkey (person_id, credential_id, algorithm, public_key, counter, name, added_at, last_used_at)"
        " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)");
    insert.bind(1, adding.person.value()).bind(2, ByteView(made.credential_id));
    insert.bind(3, static_cast<int>(made.key.algorithm)).bind(4, ByteView(made.key.octets)).bind(5, made.counter);
    SEALPOST_CHECK(insert.bind(6, adding.name).bind(7, adding.now).run());
    return record(connection, adding.person, adding.network, "person.passkey_added", connection.last_insert_id(), adding.now);
}

Result<FactorVerdict> add_passkey(db::Connection& connection, const Adding& adding)
{
    SEALPOST_TRY(const auto challenge,
                 take_challenge(connection, Ceremony::create, adding.answer.client_data, adding.session, adding.now));
    SEALPOST_TRY(const auto right, judge_change(connection, adding.person, adding.session, adding.now));
    if (right.verdict != FactorVerdict::done) return right.verdict;
    if (!challenge) return FactorVerdict::expired;
    const auto checked = webauthn::check_registration(adding.party, *challenge, adding.answer);
    const auto* made = std::get_if<webauthn::Registration>(&checked);
    if (!made) return FactorVerdict::refused;
    SEALPOST_TRY(const auto factors, count_factors(connection, adding.person));
    if (factors.passkeys >= Passkeys::most) return FactorVerdict::too_many;
    SEALPOST_TRY(const bool known, is_known(connection, made->credential_id));
    if (known) return FactorVerdict::refused;
    SEALPOST_CHECK(insert_passkey(connection, adding, *made));
    SessionRow session = right.session;
    session.assurance = Assurance::strong;
    SEALPOST_CHECK(replace_session(connection, Sessions::Kind::person, session, *adding.seed, adding.session, adding.now));
    return FactorVerdict::done;
}

// ---- signing in

struct SigningIn {
    webauthn::RelyingParty party;
    std::string network;
    Bytes credential_id;
    Bytes user_handle;
    webauthn::AssertionAnswer answer;
    crypto::Digest256 former;  // session; of an empty token without one, for the challenge, too
    std::shared_ptr<SessionSeed> seed;
    WallTime now;
};

struct PasskeyRow {
    std::int64_t id = 0;
    PersonId person;
    webauthn::PublicKey key;
    std::int64_t counter = 0;
};

Result<std::optional<PasskeyRow>> load_passkey(db::Connection& connection, const Bytes& credential_id)
{
    auto row =
        connection.prepare("select id, person_id, algorithm, public_key, counter from people_passkey where credential_id = ?1");
    row.bind(1, ByteView(credential_id));
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<PasskeyRow>();
    webauthn::PublicKey key{static_cast<webauthn::Algorithm>(row.column_int(2)), row.column_bytes(3)};
    return std::optional(PasskeyRow{row.column_int(0), PersonId(row.column_int(1)), std::move(key), row.column_int(4)});
}

// §7.2 step 21: one that does not grow tells of a copy, unless this passkey does not count at all.
bool is_counter_good(std::int64_t former, std::int64_t next) { return next > former || (next == 0 && former == 0); }

Result<SignedInByPasskey> sign_in_with(db::Connection& connection, const SigningIn& signing)
{
    SEALPOST_TRY(const auto challenge,
                 take_challenge(connection, Ceremony::get, signing.answer.client_data, signing.former, signing.now));
    if (!challenge) return SignedInByPasskey{FactorVerdict::expired};
    SEALPOST_TRY(const auto passkey, load_passkey(connection, signing.credential_id));
    if (!passkey) return SignedInByPasskey{FactorVerdict::unknown};
    if (!signing.user_handle.empty() && signing.user_handle != Passkeys::user_handle_of(signing.party, passkey->person))
        return SignedInByPasskey{FactorVerdict::refused};
    const auto checked = webauthn::check_assertion(signing.party, *challenge, passkey->key, signing.answer);
    const auto* right = std::get_if<webauthn::Assertion>(&checked);
    if (!right) return SignedInByPasskey{FactorVerdict::refused};
    if (!is_counter_good(passkey->counter, right->counter)) {
        SEALPOST_CHECK(record(connection, passkey->person, signing.network, "person.passkey_refused", passkey->id, signing.now));
        return SignedInByPasskey{FactorVerdict::refused};
    }
    auto use = connection.prepare("update people_passkey set counter = ?2, last_used_at = ?3 where id = ?1");
    SEALPOST_CHECK(use.bind(1, passkey->id).bind(2, right->counter).bind(3, signing.now).run());
    const SessionRow session{passkey->person.value(), Assurance::strong, signing.now};
    SEALPOST_CHECK(replace_session(connection, Sessions::Kind::person, session, *signing.seed, signing.former, signing.now));
    return SignedInByPasskey{FactorVerdict::done, passkey->person};
}

}  // namespace

Bytes Passkeys::user_handle_of(const webauthn::RelyingParty& party, PersonId id)
{
    const auto digest = crypto::sha256("sealpost user handle 1 " + party.id + ' ' + std::to_string(id.value()));
    return {digest.begin(), digest.end()};
}

Task<Result<Bytes>> Passkeys::begin(Ceremony ceremony, Secret session)
{
    Bytes challenge = crypto::random_bytes(webauthn::challenge_bytes);
    auto work = [digest = crypto::sha256(challenge), ceremony, session = digest_token(session),
                 expires_at = store_.clock->now() + challenge_lifetime](db::Connection& connection) -> Result<> {
        auto insert = connection.prepare(
            "insert into people_challenge (digest, purpose, session_digest, expires_at) values (?1, ?2, ?3, ?4)");
        insert.bind(1, ByteView(digest)).bind(2, static_cast<int>(ceremony)).bind(3, ByteView(session));
        return insert.bind(4, expires_at).run();
    };
    auto stored = co_await store_.database->write(std::move(work));
    if (!stored) co_return stored.error();
    co_return challenge;
}

Task<Result<FactorAnswer>> Passkeys::add(webauthn::RelyingParty party, NewPasskey passkey)
{
    auto seed = std::make_shared<SessionSeed>();
    Adding adding;
    adding.party = std::move(party);
    adding.person = std::get<PersonId>(passkey.actor.owner);
    adding.network = std::move(passkey.actor.network);
    adding.name = std::move(passkey.name);
    adding.answer = std::move(passkey.answer);
    adding.session = digest_token(passkey.actor.session);
    adding.seed = seed;
    adding.now = store_.clock->now();
    auto work = [adding = std::move(adding)](db::Connection& connection) { return add_passkey(connection, adding); };
    auto verdict = co_await store_.database->write(std::move(work));
    if (!verdict) co_return verdict.error();
    FactorAnswer answer;
    answer.verdict = *verdict;
    if (*verdict == FactorVerdict::done) answer.session = seed->take();
    co_return answer;
}

Task<Result<SignedInByPasskey>> Passkeys::sign_in(webauthn::RelyingParty party, PasskeySignIn passkey)
{
    auto seed = std::make_shared<SessionSeed>();
    SigningIn signing;
    signing.party = std::move(party);
    signing.network = std::move(passkey.network);
    signing.credential_id = std::move(passkey.credential_id);
    signing.user_handle = std::move(passkey.user_handle);
    signing.answer = std::move(passkey.answer);
    signing.former = digest_token(passkey.former);
    signing.seed = seed;
    signing.now = store_.clock->now();
    auto work = [signing = std::move(signing)](db::Connection& connection) { return sign_in_with(connection, signing); };
    auto answer = co_await store_.database->write(std::move(work));
    if (!answer) co_return answer.error();
    if (answer->verdict == FactorVerdict::done) answer->session = seed->take();
    co_return std::move(*answer);
}

Task<Result<FactorVerdict>> Passkeys::rename(FactorActor actor, std::int64_t id, std::string name)
{
    auto work = [person = std::get<PersonId>(actor.owner), session = digest_token(actor.session), id, name = std::move(name),
                 now = store_.clock->now()](db::Connection& connection) -> Result<FactorVerdict> {
        SEALPOST_TRY(const auto right, judge_change(connection, person, session, now));
        if (right.verdict != FactorVerdict::done) return right.verdict;
        auto update = connection.prepare("update people_passkey set name = ?3 where id = ?1 and person_id = ?2");
        SEALPOST_CHECK(update.bind(1, id).bind(2, person.value()).bind(3, name).run());
        return connection.changes() == 1 ? FactorVerdict::done : FactorVerdict::unknown;
    };
    return store_.database->write(std::move(work));
}

Task<Result<FactorVerdict>> Passkeys::remove(FactorActor actor, std::int64_t id)
{
    auto work = [person = std::get<PersonId>(actor.owner), session = digest_token(actor.session), network = actor.network, id,
                 now = store_.clock->now()](db::Connection& connection) -> Result<FactorVerdict> {
        SEALPOST_TRY(const auto right, judge_change(connection, person, session, now));
        if (right.verdict != FactorVerdict::done) return right.verdict;
        auto remove = connection.prepare("delete from people_passkey where id = ?1 and person_id = ?2");
        SEALPOST_CHECK(remove.bind(1, id).bind(2, person.value()).run());
        if (connection.changes() == 0) return FactorVerdict::unknown;
        SEALPOST_CHECK(settle_removal(connection, person, session));
        SEALPOST_CHECK(record(connection, person, network, "person.passkey_removed", id, now));
        return FactorVerdict::done;
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> Passkeys::sweep()
{
    auto work = [now = store_.clock->now()](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from people_challenge where expires_at <= ?1").bind(1, now).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people

#include "core/people/factors.hpp"

#include "base/base32.hpp"
#include "core/people/audit.hpp"
#include "core/people/factor_rows.hpp"
#include "core/people/token_text.hpp"
#include "sys/async/in_turn.hpp"
#include "sys/crypto/one_time_code.hpp"
#include "sys/crypto/random.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <cstring>

namespace sealpost::people {
namespace {

constexpr int rewrap_batch = 100;
constexpr std::size_t rewraps_at_a_time = 4;
constexpr int most_tries = 3;  // while others change the same secret

// What a job needs of who asks.
struct Asking {
    SessionOwner owner;
    crypto::Digest256 session;
    std::string network;
    WallTime now;
};

Asking ask_as(const FactorActor& actor, const Store& store)
{
    return {actor.owner, digest_token(actor.session), actor.network, store.clock->now()};
}

bool is_administrator(const SessionOwner& owner) { return kind_of(owner) == Sessions::Kind::administrator; }

// The trail knows administrators by name as what is done to them, by number as who does it.
Result<std::string> find_subject(db::Connection& connection, const SessionOwner& owner)
{
    if (!is_administrator(owner)) return name_of(owner);
    auto row = connection.prepare("select name from people_administrator where id = ?1");
    SEALPOST_TRY(const bool found, row.bind(1, id_of(owner)).step());
    return found ? "administrator:" + row.column_text(0) : name_of(owner);
}

Result<> record(db::Connection& connection, const Asking& asking, std::string_view deed)
{
    SEALPOST_TRY(auto subject, find_subject(connection, asking.owner));
    const std::string what = (is_administrator(asking.owner) ? "administrator." : "person.") + std::string(deed);
    return append_audit(connection, asking.now, {name_of(asking.owner), asking.network, what, std::move(subject), "{}"});
}

Error without_vault() { return {Fault::config, "one-time codes cannot be kept without the key-encryption key"}; }

Result<FactorVerdict> make_strong(db::Connection& connection, const Asking& asking, SessionRow session, SessionSeed& seed)
{
    session.assurance = Assurance::strong;
    SEALPOST_CHECK(replace_session(connection, kind_of(asking.owner), session, seed, asking.session, asking.now));
    return FactorVerdict::done;
}

FactorAnswer give_session(FactorVerdict verdict, SessionSeed& seed)
{
    if (verdict != FactorVerdict::done) return {verdict};
    return {verdict, seed.take()};
}

// ---- one-time codes

struct TotpRow {
    std::string ring;  // whose keys wrapped it (Vault)
    WrappedSecret wrapped;
    std::int64_t used_step = 0;
    WallTime added_at;

    bool operator==(const TotpRow&) const = default;
};

int kind_number(const SessionOwner& owner) { return static_cast<int>(kind_of(owner)); }

Result<std::optional<TotpRow>> load_totp(db::Connection& connection, const SessionOwner& owner, bool in_use)
{
    auto row = connection.prepare(
        "select key_version, nonce, sealed, used_step, added_at, ring from people_totp"
        " where owner_kind = ?1 and owner_id = ?2 and in_use = ?3");
    row.bind(1, kind_number(owner)).bind(2, id_of(owner)).bind(3, in_use ? 1 : 0);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<TotpRow>();
    WrappedSecret wrapped{static_cast<int>(row.column_int(0)), row.column_bytes(1), row.column_bytes(2)};
    return std::optional(TotpRow{row.column_text(5), std::move(wrapped), row.column_int(3), row.column_time(4)});
}

Result<> delete_totp(db::Connection& connection, const SessionOwner& owner, bool in_use)
{
    auto remove = connection.prepare("delete from people_totp where owner_kind = ?1 and owner_id = ?2 and in_use = ?3");
    return remove.bind(1, kind_number(owner)).bind(2, id_of(owner)).bind(3, in_use ? 1 : 0).run();
}

Result<FactorVerdict> offer_totp(db::Connection& connection, const Asking& asking, const std::string& ring,
                                 const WrappedSecret& wrapped)
{
    SEALPOST_TRY(const auto right, judge_change(connection, asking.owner, asking.session, asking.now));
    if (right.verdict != FactorVerdict::done) return right.verdict;
    SEALPOST_CHECK(delete_totp(connection, asking.owner, false));
    auto insert = connection.prepare(
        "insert into people_totp (owner_kind, owner_id, in_use, ring, key_version, nonce, sealed, used_step, added_at)"
        " values (?1, ?2, 0, ?3, ?4, ?5, ?6, 0, ?7)");
    insert.bind(1, kind_number(asking.owner)).bind(2, id_of(asking.owner)).bind(3, ring).bind(4, wrapped.key_version);
    SEALPOST_CHECK(insert.bind(5, ByteView(wrapped.nonce)).bind(6, ByteView(wrapped.sealed)).bind(7, asking.now).run());
    return FactorVerdict::done;
}

// The session that a second factor may make strong: the password was given in it.
Result<ChangeRight> judge_step_up(db::Connection& connection, const Asking& asking)
{
    SEALPOST_TRY(const auto row, load_session(connection, kind_of(asking.owner), asking.session, asking.now));
    if (!row || row->owner != id_of(asking.owner)) return ChangeRight{FactorVerdict::session_over};
    if (row->assurance < Assurance::account) return ChangeRight{FactorVerdict::needs_account};
    return ChangeRight{FactorVerdict::done, *row};
}

// The app whose first code is awaited, or the one in use.
enum class App { pending, in_use };

// Whether a code of the app may be tried in this session, and what it is tried with.
struct Trial {
    FactorVerdict verdict = FactorVerdict::done;
    SessionRow session = {};
    TotpRow row = {};
};

Result<Trial> begin_trial(db::Connection& connection, const Asking& asking, App app)
{
    const bool in_use = app == App::in_use;
    SEALPOST_TRY(const auto right,
                 in_use ? judge_step_up(connection, asking) : judge_change(connection, asking.owner, asking.session, asking.now));
    if (right.verdict != FactorVerdict::done) return Trial{right.verdict};
    SEALPOST_TRY(const auto row, load_totp(connection, asking.owner, in_use));
    if (!row) return Trial{in_use ? FactorVerdict::wrong : FactorVerdict::expired};
    if (!in_use && row->added_at + Factors::pending_lifetime <= asking.now) return Trial{FactorVerdict::expired};
    return Trial{FactorVerdict::done, right.session, *row};
}

Result<> put_in_use(db::Connection& connection, const Asking& asking, std::int64_t step)
{
    SEALPOST_CHECK(delete_totp(connection, asking.owner, true));
    // As when it is taken away: one of them may have been begun with it. An administrator's were begun without any factor, too.
    if (connection.changes() > 0 || is_administrator(asking.owner))
        SEALPOST_CHECK(end_other_sessions(connection, asking.owner, asking.session));
    auto use = connection.prepare(
        "update people_totp set in_use = 1, used_step = ?3, added_at = ?4, last_used_at = ?4"
        " where owner_kind = ?1 and owner_id = ?2 and in_use = 0");
    use.bind(1, kind_number(asking.owner)).bind(2, id_of(asking.owner)).bind(3, step);
    SEALPOST_CHECK(use.bind(4, asking.now).run());
    return record(connection, asking, "totp_added");
}

Result<> note_use(db::Connection& connection, const Asking& asking, std::int64_t step)
{
    auto use = connection.prepare(
        "update people_totp set used_step = ?3, last_used_at = ?4 where owner_kind = ?1 and owner_id = ?2 and in_use = 1");
    use.bind(1, kind_number(asking.owner)).bind(2, id_of(asking.owner)).bind(3, step);
    return use.bind(4, asking.now).run();
}

// A code that was found right for the row that was seen. Absent: it is another row by now, or the code was used meanwhile.
Result<std::optional<FactorVerdict>> take_code(db::Connection& connection, const Asking& asking, App app, const TotpRow& seen,
                                               std::int64_t step, SessionSeed& seed)
{
    SEALPOST_TRY(const auto trial, begin_trial(connection, asking, app));
    if (trial.verdict != FactorVerdict::done) return std::optional(trial.verdict);
    if (trial.row != seen) return std::optional<FactorVerdict>();
    SEALPOST_CHECK(app == App::pending ? put_in_use(connection, asking, step) : note_use(connection, asking, step));
    SEALPOST_TRY(const auto verdict, make_strong(connection, asking, trial.session, seed));
    return std::optional(verdict);
}

// A vault that does not know its ring says itself what is wrong. What is pending elsewhere is lost: it is begun anew here.
FactorVerdict judge_ring(const TotpRow& row, const Vault& vault, App app)
{
    const auto ring = vault.ring();
    if (ring.empty() || row.ring == ring) return FactorVerdict::done;
    return app == App::pending ? FactorVerdict::expired : FactorVerdict::elsewhere;
}

// The secret is opened outside of the transaction, which then finds the same row or begins again.
Task<Result<FactorAnswer>> try_code(Store store, std::shared_ptr<Vault> vault, Asking asking, App app, Secret code)
{
    code = normalise_typed_code(code);
    const auto seed = std::make_shared<SessionSeed>();
    for (int left = most_tries; left > 0; --left) {
        auto look = [asking, app](db::Connection& connection) { return begin_trial(connection, asking, app); };
        SEALPOST_CO_TRY(const auto trial, co_await store.database->read(std::move(look)));
        if (trial.verdict != FactorVerdict::done) co_return FactorAnswer{trial.verdict};
        const auto right_ring = judge_ring(trial.row, *vault, app);
        if (right_ring != FactorVerdict::done) co_return FactorAnswer{right_ring};
        SEALPOST_CO_TRY(const auto secret, co_await vault->unwrap(name_of(asking.owner), trial.row.wrapped));
        const auto step = crypto::find_one_time_step(secret, code, asking.now, trial.row.used_step);
        if (!step) co_return FactorAnswer{FactorVerdict::wrong};
        auto work = [asking, app, seen = trial.row, step = *step, seed](db::Connection& connection) {
            return take_code(connection, asking, app, seen, step, *seed);
        };
        SEALPOST_CO_TRY(const auto verdict, co_await store.database->write(std::move(work)));
        if (verdict) co_return give_session(*verdict, *seed);
    }
    co_return Error{Fault::retry_later, "the one-time codes are being changed"};
}

// ---- recovery codes

// 80 random bits in 16 characters that people do not mistake for one another: "abcd-efgh-ijkl-mnop".
Secret draw_recovery_code()
{
    std::string drawn = format_base32(crypto::random_secret(10).reveal());
    Bytes text;
    text.reserve(19);
    for (const char c : drawn) {
        if (text.size() % 5 == 4) text.push_back('-');
        text.push_back(static_cast<std::uint8_t>(c));
    }
    explicit_bzero(drawn.data(), drawn.size());
    return Secret(std::move(text));
}

crypto::Digest256 digest_recovery_code(const Secret& code) { return digest_token(normalise_typed_code(code)); }

Result<FactorVerdict> replace_recovery_codes(db::Connection& connection, const Asking& asking,
                                             const std::vector<crypto::Digest256>& digests)
{
    SEALPOST_TRY(const auto right, judge_change(connection, asking.owner, asking.session, asking.now));
    if (right.verdict != FactorVerdict::done) return right.verdict;
    SEALPOST_TRY(const auto factors, count_factors(connection, asking.owner));
    if (!factors.has_any()) return FactorVerdict::unknown;
    auto remove = connection.prepare("delete from people_recovery_code where owner_kind = ?1 and owner_id = ?2");
    SEALPOST_CHECK(remove.bind(1, kind_number(asking.owner)).bind(2, id_of(asking.owner)).run());
    for (const auto& digest : digests) {
        auto insert = connection.prepare("insert into people_recovery_code (owner_kind, owner_id, digest) values (?1, ?2, ?3)");
        insert.bind(1, kind_number(asking.owner)).bind(2, id_of(asking.owner));
        SEALPOST_CHECK(insert.bind(3, ByteView(digest)).run());
    }
    // An administrator's may have been begun with one of the former codes.
    if (is_administrator(asking.owner)) SEALPOST_CHECK(end_other_sessions(connection, asking.owner, asking.session));
    SEALPOST_CHECK(record(connection, asking, "recovery_codes_made"));
    return FactorVerdict::done;
}

Result<FactorVerdict> use_recovery_code(db::Connection& connection, const Asking& asking, const crypto::Digest256& digest,
                                        SessionSeed& seed)
{
    SEALPOST_TRY(const auto right, judge_step_up(connection, asking));
    if (right.verdict != FactorVerdict::done) return right.verdict;
    auto use = connection.prepare("delete from people_recovery_code where owner_kind = ?1 and owner_id = ?2 and digest = ?3");
    use.bind(1, kind_number(asking.owner)).bind(2, id_of(asking.owner));
    SEALPOST_CHECK(use.bind(3, ByteView(digest)).run());
    if (connection.changes() == 0) return FactorVerdict::wrong;
    SEALPOST_CHECK(record(connection, asking, "recovery_code_used"));
    return make_strong(connection, asking, right.session, seed);
}

// ---- reading, rewrapping

Result<FactorList> load_list(db::Connection& connection, const SessionOwner& owner)
{
    FactorList list;
    SEALPOST_TRY(const auto count, count_factors(connection, owner));
    list.recovery_codes = count.recovery_codes;
    auto totp = connection.prepare(
        "select added_at, last_used_at from people_totp where owner_kind = ?1 and owner_id = ?2 and in_use = 1");
    totp.bind(1, kind_number(owner)).bind(2, id_of(owner));
    SEALPOST_TRY(const bool has_totp, totp.step());
    if (has_totp) list.totp = TotpFacts{totp.column_time(0), totp.column_optional_time(1)};
    if (count.passkeys == 0) return list;
    auto rows = connection.prepare(
        "select id, name, credential_id, added_at, last_used_at from people_passkey where person_id = ?1 order by id");
    rows.bind(1, id_of(owner));
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return list;
        list.passkeys.push_back(
            {rows.column_int(0), rows.column_text(1), rows.column_bytes(2), rows.column_time(3), rows.column_optional_time(4)});
    }
}

// A secret that is wrapped anew outside of the transaction that keeps it so.
struct Rewrap {
    SessionOwner owner;
    bool in_use = false;
    WrappedSecret seen;
    WrappedSecret anew = {};
};

Result<std::vector<Rewrap>> find_old(db::Connection& connection, const std::string& ring, int newest)
{
    auto rows = connection.prepare(
        "select owner_id, in_use, key_version, nonce, sealed, owner_kind from people_totp"
        " where ring = ?1 and key_version <> ?2 limit ?3");
    rows.bind(1, ring).bind(2, newest).bind(3, rewrap_batch);
    return db::read_rows(rows, [](const db::Statement& row) -> Rewrap {
        WrappedSecret wrapped{static_cast<int>(row.column_int(2)), row.column_bytes(3), row.column_bytes(4)};
        const auto id = row.column_int(0);
        const bool is_person = row.column_int(5) == static_cast<int>(Sessions::Kind::person);
        const SessionOwner owner = is_person ? SessionOwner(PersonId(id)) : SessionOwner(AdministratorId(id));
        return {owner, row.column_bool(1), std::move(wrapped)};
    });
}

// So many at a time: the key may be far away, and then most of the time is waiting.
Task<Result<std::vector<Rewrap>>> rewrap(Vault& vault, std::vector<Rewrap> batch)
{
    auto rewrap_one = [&vault](Rewrap each) -> Task<Result<Rewrap>> {
        SEALPOST_CO_TRY(auto secret, co_await vault.unwrap(name_of(each.owner), each.seen));
        SEALPOST_CO_TRY(each.anew, co_await vault.wrap(name_of(each.owner), std::move(secret)));
        co_return each;
    };
    auto all = co_await async::collect_in_turn<Rewrap>(std::move(batch), rewraps_at_a_time, rewrap_one);
    co_return all;
}

// What was changed or removed since is left as it is; the next batch sees it.
Result<int> save_rewrapped(db::Connection& connection, const std::vector<Rewrap>& batch)
{
    int count = 0;
    for (const auto& each : batch) {
        SEALPOST_TRY(const auto row, load_totp(connection, each.owner, each.in_use));
        if (!row || row->wrapped != each.seen) continue;
        auto update = connection.prepare(
            "update people_totp set key_version = ?4, nonce = ?5, sealed = ?6"
            " where owner_kind = ?1 and owner_id = ?2 and in_use = ?3");
        update.bind(1, kind_number(each.owner)).bind(2, id_of(each.owner)).bind(3, each.in_use ? 1 : 0);
        update.bind(4, each.anew.key_version).bind(5, ByteView(each.anew.nonce));
        SEALPOST_CHECK(update.bind(6, ByteView(each.anew.sealed)).run());
        ++count;
    }
    return count;
}

}  // namespace

Task<Result<FactorList>> Factors::list(SessionOwner owner)
{
    auto work = [owner](db::Connection& connection) { return load_list(connection, owner); };
    return store_.database->read(std::move(work));
}

Task<Result<TotpOffer>> Factors::begin_totp(FactorActor actor)
{
    if (!vault_) co_return without_vault();
    Secret secret = crypto::random_secret(crypto::one_time_secret_bytes);
    SEALPOST_CO_TRY(auto wrapped, co_await vault_->wrap(name_of(actor.owner), secret.clone()));
    auto work = [asking = ask_as(actor, store_), ring = vault_->ring(), wrapped = std::move(wrapped)](
                    db::Connection& connection) { return offer_totp(connection, asking, ring, wrapped); };
    SEALPOST_CO_TRY(const auto verdict, co_await store_.database->write(std::move(work)));
    if (verdict != FactorVerdict::done) co_return TotpOffer{verdict};
    co_return TotpOffer{verdict, std::move(secret)};
}

Task<Result<FactorAnswer>> Factors::confirm_totp(FactorActor actor, Secret code)
{
    if (!vault_) co_return without_vault();
    auto answer = co_await try_code(store_, vault_, ask_as(actor, store_), App::pending, std::move(code));
    co_return answer;
}

Task<Result<FactorVerdict>> Factors::remove_totp(FactorActor actor)
{
    auto work = [asking = ask_as(actor, store_)](db::Connection& connection) -> Result<FactorVerdict> {
        SEALPOST_TRY(const auto right, judge_change(connection, asking.owner, asking.session, asking.now));
        if (right.verdict != FactorVerdict::done) return right.verdict;
        SEALPOST_CHECK(delete_totp(connection, asking.owner, true));
        if (connection.changes() == 0) return FactorVerdict::unknown;
        SEALPOST_CHECK(settle_removal(connection, asking.owner, asking.session));
        SEALPOST_CHECK(record(connection, asking, "totp_removed"));
        return FactorVerdict::done;
    };
    return store_.database->write(std::move(work));
}

Task<Result<RecoveryOffer>> Factors::make_recovery_codes(FactorActor actor)
{
    RecoveryOffer offer;
    std::vector<crypto::Digest256> digests;
    for (int i = 0; i < recovery_codes; ++i) {
        offer.codes.push_back(draw_recovery_code());
        digests.push_back(digest_recovery_code(offer.codes.back()));
    }
    auto work = [asking = ask_as(actor, store_), digests = std::move(digests)](db::Connection& connection) {
        return replace_recovery_codes(connection, asking, digests);
    };
    auto verdict = co_await store_.database->write(std::move(work));
    if (!verdict) co_return verdict.error();
    offer.verdict = *verdict;
    if (offer.verdict != FactorVerdict::done) offer.codes.clear();
    co_return offer;
}

Task<Result<FactorAnswer>> Factors::step_up_with_totp(FactorActor actor, Secret code)
{
    if (!vault_) co_return without_vault();
    auto answer = co_await try_code(store_, vault_, ask_as(actor, store_), App::in_use, std::move(code));
    co_return answer;
}

Task<Result<FactorAnswer>> Factors::step_up_with_recovery_code(FactorActor actor, Secret code)
{
    auto seed = std::make_shared<SessionSeed>();
    auto work = [asking = ask_as(actor, store_), digest = digest_recovery_code(code), seed](db::Connection& connection) {
        return use_recovery_code(connection, asking, digest, *seed);
    };
    auto verdict = co_await store_.database->write(std::move(work));
    if (!verdict) co_return verdict.error();
    co_return give_session(*verdict, *seed);
}

Task<Result<bool>> Factors::remove_all(PersonId id, std::string who, std::string network)
{
    auto work = [id, who = std::move(who), network = std::move(network),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto factors, count_factors(connection, id));
        SEALPOST_CHECK(delete_factors(connection, id));
        if (!factors.has_any()) return false;
        SEALPOST_CHECK(end_other_sessions(connection, id, {}));
        SEALPOST_CHECK(append_audit(connection, now, {who, network, "person.factors_removed", name_of(id), "{}"}));
        return true;
    };
    return store_.database->write(std::move(work));
}

Task<Result<int>> Factors::rewrap_all()
{
    if (!vault_) co_return without_vault();
    int total = 0;
    while (true) {
        auto look = [ring = vault_->ring(), newest = vault_->newest_version()](db::Connection& connection) {
            return find_old(connection, ring, newest);
        };
        SEALPOST_CO_TRY(auto batch, co_await store_.database->read(std::move(look)));
        if (batch.empty()) co_return total;
        SEALPOST_CO_TRY(auto anew, co_await rewrap(*vault_, std::move(batch)));
        auto work = [anew = std::move(anew)](db::Connection& connection) { return save_rewrapped(connection, anew); };
        SEALPOST_CO_TRY(const int count, co_await store_.database->write(std::move(work)));
        total += count;
    }
}

Task<Result<>> Factors::sweep()
{
    auto work = [before = store_.clock->now() - pending_lifetime](db::Connection& connection) -> Result<> {
        auto remove = connection.prepare("delete from people_totp where in_use = 0 and added_at <= ?1");
        return remove.bind(1, before).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people

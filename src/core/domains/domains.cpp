#include "core/domains/domains.hpp"

#include "base/encoding.hpp"
#include "core/domains/rows.hpp"
#include "core/domains/schema.hpp"
#include "core/people/address.hpp"
#include "sys/crypto/random.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::domains {
namespace {

Result<AddVerdict> add_claim(db::Connection& connection, NewClaim claim, const std::string& who, WallTime now)
{
    SEALPOST_TRY(const auto known, load_claim(connection, claim.key.name, claim.key.owner, LastTest::left_out));
    if (known) return AddVerdict(Exists{});
    claim.proof_value = "sealpost-verify=" + format_base64url(crypto::random_bytes(24));
    SEALPOST_CHECK(insert_claim(connection, claim, now));
    SEALPOST_CHECK(note_in_audit(connection, now, who, "domain.added", claim.key.name));
    SEALPOST_TRY(auto added, load_claim(connection, claim.key.name, claim.key.owner));
    return AddVerdict(std::move(*added));
}

Result<SwitchVerdict> switch_replies(db::Connection& connection, const ClaimKey& key, bool on, OnFailure on_failure,
                                     const std::string& who, WallTime now)
{
    SEALPOST_TRY(const auto domain, load_claim(connection, key.name, key.owner));
    if (!domain) return SwitchVerdict::unknown;
    if (on && !domain->is_proven()) return SwitchVerdict::not_proven;
    // A domain whose TLS replies are on already may change its failure choice at any time.
    if (on && !domain->tls_replies && !domain->is_ready()) return SwitchVerdict::not_ready;
    auto update =
        connection.prepare("update domain_claim set tls_replies = ?3, on_failure = ?4 where name = ?1 and account_id = ?2");
    update.bind(1, key.name).bind(2, number_of(key.owner)).bind(3, on).bind(4, static_cast<int>(on_failure));
    SEALPOST_CHECK(update.run());
    const std::string details = "{\"on_failure\":\"" + std::string(format_on_failure(on_failure)) + "\"}";
    SEALPOST_CHECK(
        note_in_audit(connection, now, who, on ? "domain.tls_replies_on" : "domain.tls_replies_off", key.name, details));
    return SwitchVerdict::done;
}

Result<std::vector<std::string>> load_names(db::Statement rows)
{
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_text(0); });
}

Result<std::vector<Domain>> load_all(db::Connection& connection, const std::vector<std::string>& names,
                                     std::optional<AccountId> account)
{
    std::vector<Domain> domains;
    for (const auto& name : names) {
        SEALPOST_TRY(auto domain, account ? load_claim(connection, name, account) : load_domain(connection, name));
        if (domain) domains.push_back(std::move(*domain));
    }
    return domains;
}

Result<> insert_test(db::Connection& connection, const std::string& name, const TestRecord& test)
{
    auto insert =
        connection.prepare("insert into domain_test (name, at, ready, problem, report, cause) values (?1, ?2, ?3, ?4, ?5, ?6)");
    insert.bind(1, name).bind(2, test.at).bind(3, test.ready).bind(4, test.problem).bind(5, test.report);
    SEALPOST_CHECK(insert.bind(6, static_cast<int>(test.cause)).run());
    auto trim_history = connection.prepare(
        "delete from domain_test where name = ?1 and number not in"
        " (select number from domain_test where name = ?1 order by number desc limit ?2)");
    return trim_history.bind(1, name).bind(2, most_tests_kept).run();
}

// How long after `postponed` tests that could not tell, the last one now.
std::chrono::milliseconds postponement(std::int64_t postponed)
{
    const auto minutes = std::chrono::minutes(1LL << std::clamp<std::int64_t>(postponed, 0, 6));
    return std::min(minutes, Domains::longest_postponement);
}

}  // namespace

Result<std::shared_ptr<Domains>> Domains::open(std::shared_ptr<db::Database> database, const Clock& clock, Secret pepper)
{
    SEALPOST_CHECK(database->migrate("domains", schema_steps()));
    return std::shared_ptr<Domains>(new Domains(people::Store{std::move(database), &clock}, std::move(pepper)));
}

Task<Result<AddVerdict>> Domains::add(std::string name, AccountId account, std::string contact, std::string who)
{
    auto normal = people::normalise_domain(name);
    if (!normal) co_return AddVerdict(BadName{normal.error().text});
    NewClaim claim{{*normal, account}, std::move(contact), ""};
    auto work = [claim = std::move(claim), who = std::move(who), now = store_.clock->now()](db::Connection& connection) {
        return add_claim(connection, claim, who, now);
    };
    auto verdict = co_await store_.database->write(std::move(work));
    co_return verdict;
}

Task<Result<std::optional<Domain>>> Domains::find(std::string name)
{
    auto work = [name = normal_name(name)](db::Connection& connection) { return load_domain(connection, name); };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Domain>>> Domains::find_claim(ClaimKey claim)
{
    auto work = [name = normal_name(claim.name), owner = claim.owner](db::Connection& connection) {
        return load_claim(connection, name, owner);
    };
    return store_.database->read(std::move(work));
}

Task<Result<bool>> Domains::is_proven_by(AccountId account, std::string name)
{
    auto work = [account, names = people::list_domains_above(name)](db::Connection& connection) -> Result<bool> {
        for (const auto& each : names) {
            SEALPOST_TRY(const auto claim, load_claim(connection, each, account, LastTest::left_out));
            if (claim && claim->is_proven()) return true;
        }
        return false;
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<people::DomainOwner>>> Domains::find_prover(std::string name)
{
    using people::DomainOwner;
    auto work = [names = people::list_domains_above(name)](db::Connection& connection) -> Result<std::optional<DomainOwner>> {
        for (const auto& each : names) {
            SEALPOST_TRY(const auto claim, load_domain(connection, each, LastTest::left_out));
            if (claim && claim->is_proven() && claim->owner) return std::optional(DomainOwner{*claim->owner, each});
        }
        return std::optional<DomainOwner>();
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<Domain>>> Domains::list_claims(std::string name)
{
    auto work = [name = normal_name(name)](db::Connection& connection) { return load_claims(connection, name); };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<Domain>>> Domains::list(std::optional<AccountId> account)
{
    auto work = [account](db::Connection& connection) -> Result<std::vector<Domain>> {
        auto rows = connection.prepare("select distinct name from domain_claim where ?1 = 0 or account_id = ?1 order by name");
        rows.bind(1, account ? account->value() : 0);
        SEALPOST_TRY(const auto names, load_names(std::move(rows)));
        return load_all(connection, names, account);
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<std::string>>> Domains::list_names(people::Account account)
{
    auto work = [account = std::move(account)](db::Connection& connection) -> Result<std::vector<std::string>> {
        auto rows = connection.prepare("select name from domain_claim where account_id = ?1 and proven_by <> 0 order by name");
        rows.bind(1, account.id.value());
        SEALPOST_TRY(const auto proven, load_names(std::move(rows)));
        auto names = account.domains;
        for (const auto& name : proven)
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        return names;
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<Domain>>> Domains::list_switched_on(std::string after, int most)
{
    auto work = [after = std::move(after), most](db::Connection& connection) -> Result<std::vector<Domain>> {
        auto rows = connection.prepare(
            "select name from domain_claim where proven_by <> 0 and tls_replies = 1 and name > ?1 order by name limit ?2");
        rows.bind(1, after).bind(2, std::clamp(most, 1, 1000));
        SEALPOST_TRY(const auto names, load_names(std::move(rows)));
        return load_all(connection, names, std::nullopt);
    };
    return store_.database->read(std::move(work));
}

Task<Result<bool>> Domains::remove(ClaimKey claim, std::string who)
{
    auto work = [name = normal_name(claim.name), owner = claim.owner, who = std::move(who),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        auto remove_claim = connection.prepare("delete from domain_claim where name = ?1 and account_id = ?2");
        SEALPOST_CHECK(remove_claim.bind(1, name).bind(2, number_of(owner)).run());
        if (connection.changes() == 0) return false;
        auto remove_tests = connection.prepare(
            "delete from domain_test where name = ?1 and not exists (select 1 from domain_claim where name = ?1)");
        SEALPOST_CHECK(remove_tests.bind(1, name).run());
        if (!owner) SEALPOST_CHECK(connection.prepare("delete from domain_session where name = ?1").bind(1, name).run());
        SEALPOST_CHECK(note_in_audit(connection, now, who, "domain.removed", name));
        return true;
    };
    return store_.database->write(std::move(work));
}

Task<Result<bool>> Domains::record_test(std::string name, TestRecord test)
{
    auto work = [name = normal_name(name), test = std::move(test)](db::Connection& connection) -> Result<bool> {
        auto update = connection.prepare(
            "update domain_claim set needs_test = 0, postponed = 0, not_before = 0,"
            " last_failure = case when ?2 = 1 then '' else last_failure end where name = ?1");
        SEALPOST_CHECK(update.bind(1, name).bind(2, test.ready ? 1 : 0).run());
        if (connection.changes() == 0) return false;
        SEALPOST_CHECK(insert_test(connection, name, test));
        return true;
    };
    return store_.database->write(std::move(work));
}

Task<Result<std::vector<TestRecord>>> Domains::list_tests(std::string name, int most)
{
    auto work = [name = normal_name(name), most = std::clamp(most, 1, most_tests_kept)](db::Connection& connection) {
        return load_tests(connection, name, most);
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<DueTest>>> Domains::find_due_for_test(int most)
{
    auto work = [most, now = store_.clock->now()](db::Connection& connection) -> Result<std::vector<DueTest>> {
        // The last test: of a domain without any it is as if it had been ready long ago. One that is yet to come, and a wait
        // longer than any, are of a clock that was ahead, and hold up nothing.
        auto rows = connection.prepare(
            "select name, needs_test from (select d.name as name, d.needs_test as needs_test,"
            " coalesce((select at from domain_test t where t.name = d.name order by number desc limit 1), 0) as at,"
            " coalesce((select ready from domain_test t where t.name = d.name order by number desc limit 1), 1) as ready"
            " from domain_claim d where d.proven_by <> 0 and d.tls_replies = 1"
            " and (d.not_before <= ?1 or d.not_before > ?6)) as candidate"
            " where at <= ?2 or at > ?1 or (ready = 0 and at <= ?3) or (needs_test = 1 and (ready = 1 or at <= ?4))"
            " order by needs_test desc, at, name limit ?5");
        rows.bind(1, now).bind(2, now - test_interval).bind(3, now - failing_test_interval).bind(4, now - least_test_interval);
        rows.bind(5, std::clamp(most, 1, 1000)).bind(6, now + longest_postponement);
        return db::read_rows(rows, [](const db::Statement& row) -> DueTest {
            return {row.column_text(0), row.column_bool(1) ? TestCause::failed_delivery : TestCause::daily};
        });
    };
    return store_.database->read(std::move(work));
}

Task<Result<>> Domains::postpone_test(std::string name)
{
    auto work = [name = normal_name(name), now = store_.clock->now()](db::Connection& connection) -> Result<> {
        auto row = connection.prepare("select postponed from domain_claim where name = ?1 and proven_by <> 0");
        row.bind(1, name);
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return {};
        const auto postponed = row.column_int(0);
        auto update =
            connection.prepare("update domain_claim set postponed = ?2, not_before = ?3 where name = ?1 and proven_by <> 0");
        return update.bind(1, name).bind(2, postponed + 1).bind(3, now + postponement(postponed)).run();
    };
    return store_.database->write(std::move(work));
}

Task<Result<SwitchVerdict>> Domains::set_replies(ClaimKey claim, bool on, OnFailure on_failure, std::string who)
{
    auto work = [claim = ClaimKey{normal_name(claim.name), claim.owner}, on, on_failure, who = std::move(who),
                 now = store_.clock->now()](db::Connection& connection) {
        return switch_replies(connection, claim, on, on_failure, who, now);
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> Domains::note_failed_delivery(std::string name, std::string what)
{
    auto work = [name = normal_name(name), what = std::move(what)](db::Connection& connection) -> Result<> {
        auto update = connection.prepare(
            "update domain_claim set needs_test = 1, last_failure = ?2"
            " where name = ?1 and proven_by <> 0 and tls_replies = 1");
        return update.bind(1, name).bind(2, what.substr(0, 1000)).run();
    };
    return store_.database->write(std::move(work));
}

Task<Result<ReplyWay>> Domains::decide_reply_way(std::string name)
{
    auto work = [name = normal_name(name)](db::Connection& connection) -> Result<ReplyWay> {
        auto row = connection.prepare("select tls_replies, on_failure from domain_claim where name = ?1 and proven_by <> 0");
        row.bind(1, name);
        SEALPOST_TRY(const bool found, row.step());
        if (!found || !row.column_bool(0)) return ReplyWay{};
        return ReplyWay{true, static_cast<OnFailure>(std::clamp<std::int64_t>(row.column_int(1), 0, 2))};
    };
    return store_.database->read(std::move(work));
}

Task<Result<>> Domains::sweep()
{
    auto codes = co_await proofs_.sweep();
    if (codes.has_error()) co_return codes.error();
    auto sessions = co_await own_sessions_.sweep();
    co_return sessions;
}

}  // namespace sealpost::domains

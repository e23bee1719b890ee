#include "core/domains/domains.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/domains/schema.hpp"
#include "core/people/address.hpp"
#include "core/people/audit.hpp"
#include "sys/crypto/random.hpp"
#include "sys/db/database.hpp"

#include <algorithm>

namespace sealpost::domains {
namespace {

constexpr int most_tests_kept = 100;  // per domain

std::string normal_name(std::string_view name)
{
    auto normal = people::normalise_domain(name);
    return normal ? *normal : std::string();  // empty: the name of no domain here
}

Result<std::vector<TestRecord>> load_tests(db::Connection& connection, const std::string& name, int most)
{
    auto rows =
        connection.prepare("select at, ready, problem, report from domain_test where name = ?1 order by number desc limit ?2");
    rows.bind(1, name).bind(2, most);
    std::vector<TestRecord> tests;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return tests;
        tests.push_back({rows.column_time(0), rows.column_bool(1), rows.column_text(2), rows.column_text(3)});
    }
}

Result<std::optional<Domain>> load_domain(db::Connection& connection, const std::string& name)
{
    auto row = connection.prepare(
        "select account_id, contact, proof_value, proven, tls_replies, on_failure, needs_test, last_failure"
        " from domain_domain where name = ?1");
    row.bind(1, name);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Domain>();
    Domain domain;
    domain.name = name;
    domain.account = AccountId(row.column_int(0));
    domain.contact = row.column_text(1);
    domain.proof = {"_sealpost." + name, "TXT", row.column_text(2)};
    domain.proven = row.column_bool(3);
    domain.tls_replies = row.column_bool(4);
    domain.on_failure = static_cast<OnFailure>(std::clamp<std::int64_t>(row.column_int(5), 0, 2));
    domain.needs_test = row.column_bool(6);
    domain.last_failure = row.column_text(7);
    SEALPOST_TRY(auto tests, load_tests(connection, name, 1));
    if (!tests.empty()) domain.last_test = std::move(tests.front());
    return std::optional(std::move(domain));
}

Result<> note(db::Connection& connection, WallTime now, const std::string& who, std::string what, const std::string& name,
              std::string details = "{}")
{
    return people::append_audit(connection, now, {who, "", std::move(what), name, std::move(details)});
}

Result<AddVerdict> insert_domain(db::Connection& connection, const std::string& name, AccountId account,
                                 const std::string& contact, const std::string& who, WallTime now)
{
    SEALPOST_TRY(const auto known, load_domain(connection, name));
    if (known) return AddVerdict(Exists{});
    const std::string value = "sealpost-verify=" + format_base64url(crypto::random_bytes(24));
    auto insert = connection.prepare(
        "insert into domain_domain (name, account_id, contact, proof_value, proven, tls_replies, on_failure, needs_test,"
        " last_failure, added_at) values (?1, ?2, ?3, ?4, 0, 0, 0, 0, '', ?5)");
    insert.bind(1, name).bind(2, account.value()).bind(3, contact).bind(4, value).bind(5, now);
    SEALPOST_CHECK(insert.run());
    SEALPOST_CHECK(note(connection, now, who, "domain.added", name));
    SEALPOST_TRY(auto added, load_domain(connection, name));
    return AddVerdict(std::move(*added));
}

Result<ProofVerdict> mark_proven(db::Connection& connection, const std::string& name, const std::string& who, std::string what,
                                 WallTime now)
{
    SEALPOST_CHECK(connection.prepare("update domain_domain set proven = 1 where name = ?1").bind(1, name).run());
    SEALPOST_CHECK(note(connection, now, who, std::move(what), name));
    return ProofVerdict::proven;
}

Result<SwitchVerdict> switch_replies(db::Connection& connection, const std::string& name, bool on, OnFailure on_failure,
                                     const std::string& who, WallTime now)
{
    SEALPOST_TRY(const auto domain, load_domain(connection, name));
    if (!domain) return SwitchVerdict::unknown;
    if (on && !domain->proven) return SwitchVerdict::not_proven;
    // A domain whose TLS replies are on already may change its failure choice at any time.
    const bool is_ready = domain->last_test && domain->last_test->ready && !domain->needs_test;
    if (on && !domain->tls_replies && !is_ready) return SwitchVerdict::not_ready;
    auto update = connection.prepare("update domain_domain set tls_replies = ?2, on_failure = ?3 where name = ?1");
    SEALPOST_CHECK(update.bind(1, name).bind(2, on).bind(3, static_cast<int>(on_failure)).run());
    const std::string details = "{\"on_failure\":\"" + std::string(format_on_failure(on_failure)) + "\"}";
    SEALPOST_CHECK(note(connection, now, who, on ? "domain.tls_replies_on" : "domain.tls_replies_off", name, details));
    return SwitchVerdict::done;
}

Result<std::vector<std::string>> load_names(db::Statement rows)
{
    std::vector<std::string> names;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return names;
        names.push_back(rows.column_text(0));
    }
}

}  // namespace

std::string_view format_on_failure(OnFailure choice)
{
    switch (choice) {
        case OnFailure::envelope: return "envelope";
        case OnFailure::hold: return "hold";
        case OnFailure::bounce: return "bounce";
    }
    return "envelope";
}

std::optional<OnFailure> parse_on_failure(std::string_view text)
{
    for (const auto choice : {OnFailure::envelope, OnFailure::hold, OnFailure::bounce})
        if (format_on_failure(choice) == text) return choice;
    return std::nullopt;
}

Result<std::shared_ptr<Domains>> Domains::open(std::shared_ptr<db::Database> database, const Clock& clock)
{
    SEALPOST_CHECK(database->migrate("domains", schema_steps()));
    return std::shared_ptr<Domains>(new Domains(people::Store{std::move(database), &clock}));
}

Task<Result<AddVerdict>> Domains::add(std::string name, AccountId account, std::string contact, std::string who)
{
    auto normal = people::normalise_domain(name);
    if (!normal) co_return AddVerdict(BadName{normal.error().text});
    auto work = [name = *normal, account, contact = std::move(contact), who = std::move(who), now = store_.clock->now()](
                    db::Connection& connection) { return insert_domain(connection, name, account, contact, who, now); };
    auto verdict = co_await store_.database->write(std::move(work));
    co_return verdict;
}

Task<Result<std::optional<Domain>>> Domains::find(std::string name)
{
    auto work = [name = normal_name(name)](db::Connection& connection) { return load_domain(connection, name); };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<Domain>>> Domains::list(std::optional<AccountId> account)
{
    auto work = [account](db::Connection& connection) -> Result<std::vector<Domain>> {
        auto rows = connection.prepare("select name from domain_domain where ?1 = 0 or account_id = ?1 order by name");
        rows.bind(1, account ? account->value() : 0);
        SEALPOST_TRY(const auto names, load_names(std::move(rows)));
        std::vector<Domain> domains;
        for (const auto& name : names) {
            SEALPOST_TRY(auto domain, load_domain(connection, name));
            if (domain) domains.push_back(std::move(*domain));
        }
        return domains;
    };
    return store_.database->read(std::move(work));
}

Task<Result<bool>> Domains::remove(std::string name, std::string who)
{
    auto work = [name = normal_name(name), who = std::move(who),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_CHECK(connection.prepare("delete from domain_test where name = ?1").bind(1, name).run());
        SEALPOST_CHECK(connection.prepare("delete from domain_domain where name = ?1").bind(1, name).run());
        if (connection.changes() == 0) return false;
        SEALPOST_CHECK(note(connection, now, who, "domain.removed", name));
        return true;
    };
    return store_.database->write(std::move(work));
}

Task<Result<ProofVerdict>> Domains::check_proof(std::string name, std::vector<std::string> txt_records, std::string who)
{
    auto work = [name = normal_name(name), records = std::move(txt_records), who = std::move(who),
                 now = store_.clock->now()](db::Connection& connection) -> Result<ProofVerdict> {
        SEALPOST_TRY(const auto domain, load_domain(connection, name));
        if (!domain) return ProofVerdict::unknown;
        for (const auto& record : records)
            if (trim(record) == domain->proof.value) return mark_proven(connection, name, who, "domain.proven", now);
        return ProofVerdict::not_proven;
    };
    return store_.database->write(std::move(work));
}

Task<Result<ProofVerdict>> Domains::trust_ownership(std::string name, std::string who)
{
    auto work = [name = normal_name(name), who = std::move(who),
                 now = store_.clock->now()](db::Connection& connection) -> Result<ProofVerdict> {
        SEALPOST_TRY(const auto domain, load_domain(connection, name));
        if (!domain) return ProofVerdict::unknown;
        return mark_proven(connection, name, who, "domain.trusted_without_proof", now);
    };
    return store_.database->write(std::move(work));
}

Task<Result<bool>> Domains::record_test(std::string name, TestRecord test)
{
    auto work = [name = normal_name(name), test = std::move(test)](db::Connection& connection) -> Result<bool> {
        SEALPOST_CHECK(connection.prepare("update domain_domain set needs_test = 0 where name = ?1").bind(1, name).run());
        if (connection.changes() == 0) return false;
        auto insert =
            connection.prepare("insert into domain_test (name, at, ready, problem, report) values (?1, ?2, ?3, ?4, ?5)");
        insert.bind(1, name).bind(2, test.at).bind(3, test.ready).bind(4, test.problem).bind(5, test.report);
        SEALPOST_CHECK(insert.run());
        auto trim_history = connection.prepare(
            "delete from domain_test where name = ?1 and number not in"
            " (select number from domain_test where name = ?1 order by number desc limit ?2)");
        SEALPOST_CHECK(trim_history.bind(1, name).bind(2, most_tests_kept).run());
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

Task<Result<std::vector<std::string>>> Domains::find_due_for_test(int most)
{
    auto work = [most,
                 before = store_.clock->now() - test_interval](db::Connection& connection) -> Result<std::vector<std::string>> {
        auto rows = connection.prepare(
            "select name from domain_domain d where proven = 1 and tls_replies = 1 and (needs_test = 1 or"
            " not exists (select 1 from domain_test t where t.name = d.name and t.at > ?1)) order by name limit ?2");
        rows.bind(1, before).bind(2, std::clamp(most, 1, 1000));
        return load_names(std::move(rows));
    };
    return store_.database->read(std::move(work));
}

Task<Result<SwitchVerdict>> Domains::set_replies(std::string name, bool on, OnFailure on_failure, std::string who)
{
    auto work = [name = normal_name(name), on, on_failure, who = std::move(who), now = store_.clock->now()](
                    db::Connection& connection) { return switch_replies(connection, name, on, on_failure, who, now); };
    return store_.database->write(std::move(work));
}

Task<Result<>> Domains::note_failed_delivery(std::string name, std::string what)
{
    auto work = [name = normal_name(name), what = std::move(what)](db::Connection& connection) -> Result<> {
        auto update = connection.prepare("update domain_domain set needs_test = 1, last_failure = ?2 where name = ?1");
        return update.bind(1, name).bind(2, what.substr(0, 1000)).run();
    };
    return store_.database->write(std::move(work));
}

Task<Result<ReplyWay>> Domains::decide_reply_way(std::string name)
{
    auto work = [name = normal_name(name)](db::Connection& connection) -> Result<ReplyWay> {
        SEALPOST_TRY(const auto domain, load_domain(connection, name));
        if (!domain || !domain->proven || !domain->tls_replies) return ReplyWay{};
        return ReplyWay{true, domain->on_failure};
    };
    return store_.database->read(std::move(work));
}

}  // namespace sealpost::domains

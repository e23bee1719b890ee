#include "core/domains/rows.hpp"

#include "core/people/address.hpp"
#include "core/people/audit.hpp"
#include "sys/db/connection.hpp"
#include "sys/db/rows.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace sealpost::domains {
namespace {

namespace json = boost::json;

std::string format_owner(const Owner& owner) { return owner ? "account:" + std::to_string(owner->value()) : "own"; }

Result<std::optional<TestRecord>> load_last_test(db::Connection& connection, const std::string& name)
{
    SEALPOST_TRY(auto tests, load_tests(connection, name, 1));
    if (tests.empty()) return std::optional<TestRecord>();
    return std::optional(std::move(tests.front()));
}

}  // namespace

std::string normal_name(std::string_view name)
{
    auto normal = people::normalise_domain(name);
    return normal ? *normal : std::string();
}

Result<std::vector<TestRecord>> load_tests(db::Connection& connection, const std::string& name, int most)
{
    auto rows = connection.prepare(
        "select at, ready, problem, report, cause from domain_test where name = ?1 order by number desc limit ?2");
    rows.bind(1, name).bind(2, most);
    return db::read_rows(rows, [](const db::Statement& row) -> TestRecord {
        const auto cause = static_cast<TestCause>(std::clamp<std::int64_t>(row.column_int(4), 0, 2));
        return {row.column_time(0), row.column_bool(1), row.column_text(2), row.column_text(3), cause};
    });
}

Result<std::vector<Domain>> load_claims(db::Connection& connection, const std::string& name, LastTest wanted)
{
    std::optional<TestRecord> last_test;
    if (wanted == LastTest::loaded) {
        SEALPOST_TRY(last_test, load_last_test(connection, name));
    }
    auto rows = connection.prepare(
        "select account_id, contact, proof_value, proven_by, tls_replies, on_failure, needs_test, last_failure"
        " from domain_claim where name = ?1 order by proven_by = 0, added_at, account_id");
    rows.bind(1, name);
    return db::read_rows(rows, [&](const db::Statement& row) -> Domain {
        Domain domain;
        domain.name = name;
        if (row.column_int(0) != 0) domain.owner = AccountId(row.column_int(0));
        domain.contact = row.column_text(1);
        domain.proof = {"_sealpost." + name, "TXT", row.column_text(2)};
        domain.proven_by = static_cast<ProvenBy>(std::clamp<std::int64_t>(row.column_int(3), 0, 3));
        domain.tls_replies = row.column_bool(4);
        domain.on_failure = static_cast<OnFailure>(std::clamp<std::int64_t>(row.column_int(5), 0, 2));
        domain.needs_test = row.column_bool(6);
        domain.last_failure = row.column_text(7);
        domain.last_test = last_test;
        return domain;
    });
}

Result<std::optional<Domain>> load_claim(db::Connection& connection, const std::string& name, const Owner& owner,
                                         LastTest last_test)
{
    SEALPOST_TRY(auto claims, load_claims(connection, name, last_test));
    for (auto& claim : claims)
        if (claim.owner == owner) return std::optional(std::move(claim));
    return std::optional<Domain>();
}

Result<std::optional<Domain>> load_domain(db::Connection& connection, const std::string& name, LastTest last_test)
{
    SEALPOST_TRY(auto claims, load_claims(connection, name, last_test));
    if (claims.empty()) return std::optional<Domain>();
    return std::optional(std::move(claims.front()));
}

Result<> insert_claim(db::Connection& connection, const NewClaim& claim, WallTime now)
{
    auto insert = connection.prepare(
        "insert into domain_claim (name, account_id, contact, proof_value, proven_by, tls_replies, on_failure, needs_test,"
        " last_failure, added_at) values (?1, ?2, ?3, ?4, 0, 0, 0, 0, '', ?5)");
    insert.bind(1, claim.key.name).bind(2, number_of(claim.key.owner)).bind(3, claim.contact);
    return insert.bind(4, claim.proof_value).bind(5, now).run();
}

Result<> mark_proven(db::Connection& connection, const ClaimKey& key, const ProofNote& note)
{
    SEALPOST_TRY(const auto former, load_domain(connection, key.name, LastTest::left_out));
    const bool passes_on = former && former->is_proven() && former->owner != key.owner;
    if (passes_on) {
        auto take = connection.prepare(
            "update domain_claim set (tls_replies, on_failure, needs_test, last_failure, postponed, not_before) ="
            " (select tls_replies, on_failure, needs_test, last_failure, postponed, not_before from domain_claim"
            "  where name = ?1 and account_id = ?2) where name = ?1 and account_id = ?3");
        take.bind(1, key.name).bind(2, number_of(former->owner)).bind(3, number_of(key.owner));
        SEALPOST_CHECK(take.run());
        auto release = connection.prepare(
            "update domain_claim set proven_by = 0, tls_replies = 0, on_failure = 0, needs_test = 0, last_failure = ''"
            " where name = ?1 and account_id = ?2");
        SEALPOST_CHECK(release.bind(1, key.name).bind(2, number_of(former->owner)).run());
        json::object details{{"from", format_owner(former->owner)}, {"to", format_owner(key.owner)}};
        SEALPOST_CHECK(
            note_in_audit(connection, note.now, note.who, "domain.passed_on", key.name, json::serialize(details), note.network));
    }
    auto prove = connection.prepare("update domain_claim set proven_by = ?3 where name = ?1 and account_id = ?2");
    prove.bind(1, key.name).bind(2, number_of(key.owner)).bind(3, static_cast<int>(note.by));
    SEALPOST_CHECK(prove.run());
    SEALPOST_CHECK(connection.prepare("delete from domain_session where name = ?1").bind(1, key.name).run());
    const bool is_vouched_for = note.by == ProvenBy::operator_of_node;
    json::object details{{"by", format_proven_by(note.by)}, {"to", format_owner(key.owner)}};
    return note_in_audit(connection, note.now, note.who, is_vouched_for ? "domain.trusted_without_proof" : "domain.proven",
                         key.name, json::serialize(details), note.network);
}

Result<> note_in_audit(db::Connection& connection, WallTime now, const std::string& who, std::string what,
                       const std::string& name, std::string details, std::string network)
{
    return people::append_audit(connection, now, {who, std::move(network), std::move(what), name, std::move(details)});
}

}  // namespace sealpost::domains

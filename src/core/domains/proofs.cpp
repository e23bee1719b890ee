#include "core/domains/proofs.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/domains/rows.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/db/database.hpp"

#include <algorithm>

namespace sealpost::domains {
namespace {

bool stands_in(const std::vector<std::string>& records, const std::string& value)
{
    return !value.empty() &&
           std::any_of(records.begin(), records.end(), [&](const auto& record) { return trim(record) == value; });
}

ProofNote note_of(ProvenBy by, const Doer& doer, WallTime now) { return {by, doer.who, doer.network, now}; }

// What one claim's own record says; the operator's word is no worse for it.
Result<ProofVerdict> judge(db::Connection& connection, const Domain& claim, const std::vector<std::string>& records,
                           const Doer& doer, WallTime now)
{
    if (!stands_in(records, claim.proof.value)) return ProofVerdict::not_proven;
    SEALPOST_CHECK(mark_proven(connection, claim.key(), note_of(ProvenBy::txt, doer, now)));
    return ProofVerdict::proven;
}

// The own administrator's claim is stored when it is proven, and not before.
Result<> prove_claim(db::Connection& connection, const ClaimKey& key, const std::string& proof_value, const ProofNote& note)
{
    SEALPOST_TRY(const auto stored, load_claim(connection, key.name, key.owner, LastTest::left_out));
    if (!stored) SEALPOST_CHECK(insert_claim(connection, {key, "postmaster@" + key.name, proof_value}, note.now));
    return mark_proven(connection, key, note);
}

}  // namespace

Claimant Claimant::browser(const Secret& token)
{
    return Claimant(std::nullopt, "browser:" + format_hex(crypto::sha256(token.reveal())));
}

Proof Proofs::make_own_proof(std::string_view name, const Secret& token)
{
    const std::string normal = normal_name(name);
    Bytes text;
    for (const ByteView part : {as_bytes("sealpost domain claim\n"), as_bytes(normal), as_bytes("\n"), token.reveal()})
        text.insert(text.end(), part.begin(), part.end());
    const Secret whole(std::move(text));
    const auto digest = crypto::sha256(whole.reveal());
    return {"_sealpost." + normal, "TXT", "sealpost-verify=" + format_base64url(ByteView(digest).first(24))};
}

Task<Result<ProofVerdict>> Proofs::check_records(ClaimKey claim, std::vector<std::string> records, Doer doer)
{
    auto work = [name = normal_name(claim.name), owner = claim.owner, records = std::move(records), doer = std::move(doer),
                 now = store_.clock->now()](db::Connection& connection) -> Result<ProofVerdict> {
        SEALPOST_TRY(const auto found, load_claim(connection, name, owner, LastTest::left_out));
        if (!found) return ProofVerdict::unknown;
        return judge(connection, *found, records, doer, now);
    };
    return store_.database->write(std::move(work));
}

Task<Result<ProofVerdict>> Proofs::check_any_records(std::string name, std::vector<std::string> records, Doer doer)
{
    auto work = [name = normal_name(name), records = std::move(records), doer = std::move(doer),
                 now = store_.clock->now()](db::Connection& connection) -> Result<ProofVerdict> {
        SEALPOST_TRY(const auto claims, load_claims(connection, name, LastTest::left_out));
        if (claims.empty()) return ProofVerdict::unknown;
        for (const auto& claim : claims) {
            SEALPOST_TRY(const auto verdict, judge(connection, claim, records, doer, now));
            if (verdict == ProofVerdict::proven) return verdict;
        }
        return ProofVerdict::not_proven;
    };
    return store_.database->write(std::move(work));
}

Task<Result<ProofVerdict>> Proofs::trust_ownership(ClaimKey claim, std::string who)
{
    auto work = [name = normal_name(claim.name), owner = claim.owner, doer = Doer{std::move(who), ""},
                 now = store_.clock->now()](db::Connection& connection) -> Result<ProofVerdict> {
        SEALPOST_TRY(const auto found, load_claim(connection, name, owner, LastTest::left_out));
        if (!found) return ProofVerdict::unknown;
        SEALPOST_CHECK(mark_proven(connection, found->key(), note_of(ProvenBy::operator_of_node, doer, now)));
        return ProofVerdict::proven;
    };
    return store_.database->write(std::move(work));
}

Task<Result<ProofVerdict>> Proofs::check_own_records(std::string name, Secret token, std::vector<std::string> records, Doer doer)
{
    std::string normal = normal_name(name);
    if (normal.empty()) co_return ProofVerdict::unknown;
    std::string value = make_own_proof(normal, token).value;
    if (!stands_in(records, value)) co_return ProofVerdict::not_proven;
    auto work = [claim = ClaimKey{std::move(normal), std::nullopt}, value = std::move(value),
                 note = note_of(ProvenBy::txt, doer, store_.clock->now())](db::Connection& connection) -> Result<> {
        return prove_claim(connection, claim, value, note);
    };
    auto proven = co_await store_.database->write(std::move(work));
    if (proven.has_error()) co_return proven.error();
    co_return ProofVerdict::proven;
}

Task<Result<CodeToMail>> Proofs::begin_code(std::string name, Claimant claimant)
{
    std::string normal = normal_name(name);
    if (normal.empty()) co_return Error{Fault::give_up, "no domain name: " + name};
    // The domain, not the address: such a code must never pass for one that opens the postmaster's messages.
    people::CodeRequest request{normal, true, std::nullopt};
    auto begun = co_await codes_.begin(std::move(request));
    if (begun.has_error()) co_return begun.error();
    auto work = [normal, claimant = claimant.name(), challenge = begun->challenge,
                 expires_at = begun->expires_at](db::Connection& connection) -> Result<> {
        auto insert = connection.prepare(
            "insert into domain_code (name, claimant, challenge, expires_at) values (?1, ?2, ?3, ?4) on conflict"
            " (name, claimant) do update set challenge = excluded.challenge, expires_at = excluded.expires_at");
        return insert.bind(1, normal).bind(2, claimant).bind(3, challenge).bind(4, expires_at).run();
    };
    auto kept = co_await store_.database->write(std::move(work));
    if (kept.has_error()) co_return kept.error();
    co_return CodeToMail{"postmaster@" + normal, begun->reference, begun->expires_at, std::move(begun->code)};
}

Task<Result<std::optional<std::string>>> Proofs::find_challenge(std::string name, std::string claimant)
{
    auto work = [name = std::move(name),
                 claimant = std::move(claimant)](db::Connection& connection) -> Result<std::optional<std::string>> {
        auto row = connection.prepare("select challenge from domain_code where name = ?1 and claimant = ?2");
        row.bind(1, name).bind(2, claimant);
        SEALPOST_TRY(const bool found, row.step());
        return found ? std::optional(row.column_text(0)) : std::nullopt;
    };
    return store_.database->read(std::move(work));
}

Task<Result<CodeVerdict>> Proofs::check_code(std::string name, Claimant claimant, Secret code, Doer doer)
{
    const std::string normal = normal_name(name);
    auto challenge = co_await find_challenge(normal, claimant.name());
    if (challenge.has_error()) co_return challenge.error();
    if (!*challenge) co_return CodeVerdict(people::CodeExpired{});
    auto verdict = co_await codes_.check(**challenge, std::move(code));
    if (verdict.has_error()) co_return verdict.error();
    if (const auto* wrong = std::get_if<people::CodeWrong>(&*verdict)) co_return CodeVerdict(*wrong);
    const auto* right = std::get_if<people::CodeRight>(&*verdict);
    if (!right || right->address != normal) co_return CodeVerdict(people::CodeExpired{});
    auto work = [claim = ClaimKey{normal, claimant.owner()},
                 note = note_of(ProvenBy::code, doer, store_.clock->now())](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto stored, load_claim(connection, claim.name, claim.owner, LastTest::left_out));
        if (!stored && claim.owner) return false;  // removed meanwhile
        SEALPOST_CHECK(prove_claim(connection, claim, "", note));
        return true;
    };
    auto proven = co_await store_.database->write(std::move(work));
    if (proven.has_error()) co_return proven.error();
    co_return *proven ? CodeVerdict(Proven{}) : CodeVerdict(people::CodeExpired{});
}

Task<Result<>> Proofs::sweep()
{
    auto work = [now = store_.clock->now()](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from domain_code where expires_at <= ?1").bind(1, now).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::domains

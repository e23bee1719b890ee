#pragma once

#include "base/secret.hpp"
#include "core/domains/domain.hpp"
#include "core/people/codes.hpp"

#include <variant>
#include <vector>

namespace sealpost::domains {

enum class ProofVerdict { proven, not_proven, unknown };  // unknown: there is no such claim

// Who asks for a code and gives it back: an account, or the browser that holds a token.
class Claimant {
public:
    static Claimant account(AccountId id) { return Claimant(id, "account:" + std::to_string(id.value())); }
    static Claimant browser(const Secret& token);

    [[nodiscard]] const Owner& owner() const { return owner_; }
    [[nodiscard]] const std::string& name() const { return name_; }  // "account:3", "browser:<SHA-256 of the token>"

private:
    Claimant(Owner owner, std::string name) : owner_(owner), name_(std::move(name)) {}
    Owner owner_;
    std::string name_;
};

// For the audit trail.
struct Doer {
    std::string who;      // "administrator:2", "own:acme.test"
    std::string network;  // people::network_of, or empty
};

struct CodeToMail {
    std::string address;    // postmaster@ the domain
    std::string reference;  // "AMBER-RIVER", for the page, too
    WallTime expires_at;
    Secret code;  // 8 digits, for the mail and nobody else
};

struct Proven {};
using CodeVerdict = std::variant<Proven, people::CodeWrong, people::CodeExpired>;

// Who owns a domain (doc/spec/domains.md, "Claims and the one proof"). It asks no DNS and sends no mail.
class Proofs {
public:
    // An empty pepper stands for a random one: codes then work only in the process that made them.
    Proofs(people::Store store, Secret pepper) : store_(store), codes_(std::move(store), std::move(pepper)) {}

    // `records` is what DNS answered for the claim's proof.name, each record's strings joined.
    Task<Result<ProofVerdict>> check_records(ClaimKey claim, std::vector<std::string> records, Doer doer);
    // The operator of the node asks for whoever published a record; a claim that is proven already goes first.
    Task<Result<ProofVerdict>> check_any_records(std::string name, std::vector<std::string> records, Doer doer);
    // The operator of the node vouches for the owner.
    Task<Result<ProofVerdict>> trust_ownership(ClaimKey claim, std::string who);

    // The record that proves a domain for whoever holds the token; nothing is stored.
    [[nodiscard]] static Proof make_own_proof(std::string_view name, const Secret& token);
    // Without an account: the domain then belongs to its own administrator.
    Task<Result<ProofVerdict>> check_own_records(std::string name, Secret token, std::vector<std::string> records, Doer doer);

    // A code for postmaster@; the claimant's former one is void. Ask the Guard first.
    Task<Result<CodeToMail>> begin_code(std::string name, Claimant claimant);
    // A right code proves the claim, once. A claim of an account must stand (CodeExpired otherwise).
    Task<Result<CodeVerdict>> check_code(std::string name, Claimant claimant, Secret code, Doer doer);

    Task<Result<>> sweep();

private:
    Task<Result<std::optional<std::string>>> find_challenge(std::string name, std::string claimant);

    people::Store store_;
    people::Codes codes_;
};

}  // namespace sealpost::domains

// The rows behind domains, for the write and read jobs of this room only.
#pragma once

#include "base/result.hpp"
#include "core/domains/domain.hpp"

#include <vector>

namespace sealpost::db {
class Connection;
}

namespace sealpost::domains {

inline constexpr int most_tests_kept = 100;  // per domain

// Normalised; empty, the name of no domain here, when it is none.
[[nodiscard]] std::string normal_name(std::string_view name);
// What a domain's row says of its owner: 0 for the own administrator.
[[nodiscard]] inline std::int64_t number_of(const Owner& owner) { return owner ? owner->value() : 0; }

// Newest first.
[[nodiscard]] Result<std::vector<TestRecord>> load_tests(db::Connection& connection, const std::string& name, int most);
// A report may be large; who only asks for a claim leaves it.
enum class LastTest { loaded, left_out };
// One claim.
[[nodiscard]] Result<std::optional<Domain>> load_claim(db::Connection& connection, const std::string& name, const Owner& owner,
                                                       LastTest last_test = LastTest::loaded);
// The claim that counts: the proven one, else the oldest.
[[nodiscard]] Result<std::optional<Domain>> load_domain(db::Connection& connection, const std::string& name,
                                                        LastTest last_test = LastTest::loaded);
// All claims to it, the one that counts first.
[[nodiscard]] Result<std::vector<Domain>> load_claims(db::Connection& connection, const std::string& name,
                                                      LastTest last_test = LastTest::loaded);

struct NewClaim {
    ClaimKey key;
    std::string contact;
    std::string proof_value;
};
[[nodiscard]] Result<> insert_claim(db::Connection& connection, const NewClaim& claim, WallTime now);

struct ProofNote {
    ProvenBy by = ProvenBy::nothing;
    std::string who;  // for the audit trail
    std::string network;
    WallTime now;
};
// From now on this claim is the proven one; what was chosen for the domain passes on to it.
[[nodiscard]] Result<> mark_proven(db::Connection& connection, const ClaimKey& key, const ProofNote& note);

[[nodiscard]] Result<> note_in_audit(db::Connection& connection, WallTime now, const std::string& who, std::string what,
                                     const std::string& name, std::string details = "{}", std::string network = "");

}  // namespace sealpost::domains

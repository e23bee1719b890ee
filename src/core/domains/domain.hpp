#pragma once

#include "base/clock.hpp"
#include "core/people/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::domains {

using people::AccountId;

// What becomes of a reply when TLS to the domain is not proven on the very connection.
enum class OnFailure { envelope, hold, bounce };
[[nodiscard]] std::string_view format_on_failure(OnFailure choice);
[[nodiscard]] std::optional<OnFailure> parse_on_failure(std::string_view text);

// The values are kept in the store.
enum class ProvenBy { nothing = 0, txt = 1, code = 2, operator_of_node = 3 };
[[nodiscard]] std::string_view format_proven_by(ProvenBy proof);  // "txt", "code", "operator"; "" for nothing

// Why a test was made.
enum class TestCause { asked = 0, daily = 1, failed_delivery = 2 };
[[nodiscard]] std::string_view format_cause(TestCause cause);

struct Proof {
    std::string name;   // "_sealpost.acme.test"
    std::string type;   // "TXT"
    std::string value;  // "sealpost-verify=…"
};

struct TestRecord {
    WallTime at;
    bool ready = false;
    std::string problem;  // "" = none; the word of interfaces.md
    std::string report;   // the whole answer of serve/tlstest, a JSON object
    TestCause cause = TestCause::asked;
};

// Whose claim it is: an account's or, absent, that of the domain's own administrator, who has none.
using Owner = std::optional<AccountId>;

struct ClaimKey {
    std::string name;  // of the domain
    Owner owner;
};

// One claim to a domain (doc/spec/domains.md), with what is known of the domain.
struct Domain {
    std::string name;
    Owner owner;
    std::string contact;  // whom the operator asks, for example postmaster@acme.test
    Proof proof;
    ProvenBy proven_by = ProvenBy::nothing;
    bool tls_replies = false;
    OnFailure on_failure = OnFailure::envelope;
    std::optional<TestRecord> last_test;
    bool needs_test = false;   // a delivery has failed since
    std::string last_failure;  // what it said

    [[nodiscard]] ClaimKey key() const { return {name, owner}; }
    [[nodiscard]] bool is_proven() const { return proven_by != ProvenBy::nothing; }
    // Nothing that was seen since the last test speaks against switching TLS replies on.
    [[nodiscard]] bool is_ready() const { return last_test && last_test->ready && !needs_test; }
};

}  // namespace sealpost::domains

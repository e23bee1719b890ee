// domains: the domains that take replies in clear form inside verified TLS. Who owns them (a TXT
// record proves it), what the TLS tests found, whether TLS replies are on, and what happens when a
// delivery cannot be made so. It asks no DNS and opens no connection: callers bring the answers.
// Called from any worker. Refusals are verdicts; a Fault means that the store is not at hand.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "core/people/ids.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sealpost::domains {

using people::AccountId;

// What becomes of a reply when TLS to the domain is not proven on the very connection.
enum class OnFailure { envelope, hold, bounce };
[[nodiscard]] std::string_view format_on_failure(OnFailure choice);
[[nodiscard]] std::optional<OnFailure> parse_on_failure(std::string_view text);

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
};

struct Domain {
    std::string name;
    AccountId account;
    std::string contact;  // whom the operator asks, for example postmaster@acme.test
    Proof proof;
    bool proven = false;
    bool tls_replies = false;
    OnFailure on_failure = OnFailure::envelope;
    std::optional<TestRecord> last_test;
    bool needs_test = false;   // a delivery has failed since
    std::string last_failure;  // what it said
};

struct Exists {};
struct BadName {
    std::string why;
};
using AddVerdict = std::variant<Domain, Exists, BadName>;

enum class ProofVerdict { proven, not_proven, unknown };
enum class SwitchVerdict { done, not_proven, not_ready, unknown };

// What core tells the courier of replies: clear form over TLS that verifies, or an envelope.
struct ReplyWay {
    bool tls_verified = false;  // false: an envelope, and on_failure means nothing
    OnFailure on_failure = OnFailure::envelope;
};

class Domains {
public:
    static constexpr std::chrono::hours test_interval{24};

    // Brings the tables up to date. The clock outlives the answer.
    static Result<std::shared_ptr<Domains>> open(std::shared_ptr<db::Database> database, const Clock& clock);

    Task<Result<AddVerdict>> add(std::string name, AccountId account, std::string contact, std::string who);
    Task<Result<std::optional<Domain>>> find(std::string name);
    Task<Result<std::vector<Domain>>> list(std::optional<AccountId> account);
    Task<Result<bool>> remove(std::string name, std::string who);

    // `txt_records` is what DNS answered for proof.name, each record's strings joined.
    Task<Result<ProofVerdict>> check_proof(std::string name, std::vector<std::string> txt_records, std::string who);
    // The operator of the node vouches for the owner.
    Task<Result<ProofVerdict>> trust_ownership(std::string name, std::string who);

    Task<Result<bool>> record_test(std::string name, TestRecord test);             // false: no such domain
    Task<Result<std::vector<TestRecord>>> list_tests(std::string name, int most);  // newest first
    // Proven domains whose TLS replies are on, not tested for a day or failed since.
    Task<Result<std::vector<std::string>>> find_due_for_test(int most);

    // Switching on needs a proven domain whose last test is ready; switching off, or changing the
    // failure choice while it is on, needs nothing.
    Task<Result<SwitchVerdict>> set_replies(std::string name, bool on, OnFailure on_failure, std::string who);
    // A reply could not be delivered over verified TLS: the domain is tested again soon.
    Task<Result<>> note_failed_delivery(std::string name, std::string what);

    // The decision for one destination domain; a domain that nobody added takes envelopes.
    Task<Result<ReplyWay>> decide_reply_way(std::string name);

private:
    explicit Domains(people::Store store) : store_(std::move(store)) {}
    people::Store store_;
};

}  // namespace sealpost::domains

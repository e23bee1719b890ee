// domains: the domains that take replies in clear form inside verified TLS (doc/spec/domains.md). Who claims
// them and who has proven it, what the TLS tests found, whether TLS replies are on, and what happens when a
// delivery cannot be made so. It asks no DNS, sends no mail and opens no connection: callers bring the answers.
// Called from any worker. Refusals are verdicts; a Fault means that the store is not at hand.
#pragma once

#include "core/domains/domain.hpp"
#include "core/domains/own_sessions.hpp"
#include "core/domains/proofs.hpp"
#include "core/people/accounts.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sealpost::domains {

struct Exists {};
struct BadName {
    std::string why;
};
using AddVerdict = std::variant<Domain, Exists, BadName>;

enum class SwitchVerdict { done, not_proven, not_ready, unknown };

struct DueTest {
    std::string name;
    TestCause cause = TestCause::daily;
    friend bool operator==(const DueTest&, const DueTest&) = default;
};

// What core tells the courier of replies: clear form over TLS that verifies, or an envelope.
struct ReplyWay {
    bool tls_verified = false;  // false: an envelope, and on_failure means nothing
    OnFailure on_failure = OnFailure::envelope;
};

class Domains {
public:
    static constexpr std::chrono::hours test_interval{24};
    static constexpr std::chrono::hours failing_test_interval{4};    // after a test that was not ready
    static constexpr std::chrono::minutes least_test_interval{10};   // after one that was not ready, whatever fails
    static constexpr std::chrono::minutes longest_postponement{60};  // when tests cannot tell

    // Brings the tables up to date; those of people stand already. The clock outlives the answer. The pepper of codes
    // to postmasters: keys::KekRing::derive("domain codes"); see people::Codes.
    static Result<std::shared_ptr<Domains>> open(std::shared_ptr<db::Database> database, const Clock& clock, Secret pepper = {});

    // An account's claim. Exists: of this account.
    Task<Result<AddVerdict>> add(std::string name, AccountId account, std::string contact, std::string who);
    // The claim that counts: the proven one, else the oldest.
    Task<Result<std::optional<Domain>>> find(std::string name);
    Task<Result<std::optional<Domain>>> find_claim(ClaimKey claim);
    Task<Result<std::vector<Domain>>> list_claims(std::string name);  // the one that counts first
    // Whether the account has proven the domain, or one above it.
    Task<Result<bool>> is_proven_by(AccountId account, std::string name);
    // Which account has proven the domain, or one above it: the nearest name counts.
    Task<Result<std::optional<people::DomainOwner>>> find_prover(std::string name);
    // An account's claims; without one, the claim that counts of each domain.
    Task<Result<std::vector<Domain>>> list(std::optional<AccountId> account);
    // The names that an account has: those that its operator gave it, and then those that it has proven.
    Task<Result<std::vector<std::string>>> list_names(people::Account account);
    // With the last claim go the tests.
    Task<Result<bool>> remove(ClaimKey claim, std::string who);

    Task<Result<bool>> record_test(std::string name, TestRecord test);             // false: no such domain
    Task<Result<std::vector<TestRecord>>> list_tests(std::string name, int most);  // newest first
    // Proven domains with TLS replies whose next test is due, by the rules of the specification.
    Task<Result<std::vector<DueTest>>> find_due_for_test(int most);
    // The test could not tell: the next one waits, longer each time.
    Task<Result<>> postpone_test(std::string name);
    // Proven domains with TLS replies, `most` of them after `after` in the order of names.
    Task<Result<std::vector<Domain>>> list_switched_on(std::string after, int most);

    // Switching on needs a proven domain whose last test is ready; switching off, or changing the
    // failure choice while it is on, needs nothing.
    Task<Result<SwitchVerdict>> set_replies(ClaimKey claim, bool on, OnFailure on_failure, std::string who);
    // A reply could not be delivered over verified TLS: the domain is tested again soon.
    Task<Result<>> note_failed_delivery(std::string name, std::string what);

    // The decision for one destination domain; a domain that nobody has proven takes envelopes.
    Task<Result<ReplyWay>> decide_reply_way(std::string name);

    [[nodiscard]] Proofs& proofs() { return proofs_; }
    [[nodiscard]] OwnSessions& own_sessions() { return own_sessions_; }
    // Forgets codes and sessions whose time is over.
    Task<Result<>> sweep();

private:
    Domains(people::Store store, Secret pepper)
        : store_(store), proofs_(store, std::move(pepper)), own_sessions_(std::move(store))
    {
    }
    people::Store store_;
    Proofs proofs_;
    OwnSessions own_sessions_;
};

}  // namespace sealpost::domains

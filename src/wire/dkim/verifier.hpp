#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sys/dns/resolver.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

// RFC 8601 §2.7.1, in its words.
enum class Verdict { none, pass, fail, policy, neutral, temperror, permerror };
[[nodiscard]] std::string_view format_verdict(Verdict verdict);

// One DKIM-Signature field, judged.
struct SignatureReport {
    Verdict verdict = Verdict::none;
    std::string domain;           // d=, lower case
    std::string selector;         // s=
    std::string identity;         // i=, or "@" and the domain
    std::string algorithm;        // "rsa-sha256", "ed25519-sha256", "rsa-sha1"; empty: unknown
    std::string signature_start;  // the first characters of b=, to tell signatures apart (RFC 6008)
    int key_bits = 0;
    bool testing = false;  // t=y in the key record
    std::string problem;   // why it does not pass, for people
};

// RFC 8617 §5.2: the state of the Authenticated Received Chain.
enum class ChainVerdict { none, pass, fail };
[[nodiscard]] std::string_view format_chain_verdict(ChainVerdict verdict);

struct ChainReport {
    ChainVerdict verdict = ChainVerdict::none;
    unsigned instances = 0;              // sets in the chain
    std::string sealer;                  // d= of the newest ARC-Seal
    std::string authentication_results;  // the newest set's ARC-Authentication-Results, behind its "i=N;"
    bool temporary = false;              // with fail: a key could not be fetched for the moment
    std::string problem;
};

struct MessageReport {
    std::vector<SignatureReport> signatures;  // as they stand in the message; empty: none
    ChainReport chain;
};

struct VerifierLimits {
    std::size_t max_signatures = 10;  // further ones are not looked at
    std::size_t max_sets = 50;        // RFC 8617 §4.2.1: "The maximum number of ARC Sets"
    int least_key_bits = 1024;        // RFC 8301 §3.2
    int most_key_bits = 4096;         // the most that RFC 8301 §3.2 asks verifiers to take
    std::size_t max_head_bytes = 1024 * 1024;
    std::string_view further_service = {};  // that keys may be for (s=) in place of "email"; empty: none
};

// One message as it came: every field, end_head(), the body in pieces of any size, then finish().
// Nothing of the body is kept. Sans I/O until finish(), which asks for the keys.
class Verifier {
public:
    [[nodiscard]] static Verifier begin(WallTime now, VerifierLimits limits = {});

    void append_field(std::string_view raw);  // a whole field with its folds
    void end_head();
    void append_body(std::string_view piece);
    // A key that cannot be fetched for the moment is temperror. Passing the deadline, too.
    Task<MessageReport> finish(dns::Resolver& resolver, Deadline deadline);

private:
    struct State;
    explicit Verifier(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::dkim

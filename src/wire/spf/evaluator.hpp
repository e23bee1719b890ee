// spf: who may send for a domain (RFC 7208), evaluated. Records are parsed in one pass, kept by their
// text and walked with a Resolver; the limits of §4.6.4 and an overall deadline bound every question.
// No sockets, no clock of its own, no policy: what a result means for a message is the caller's matter.
// A verdict is always an answer, never a fault: DNS that cannot be asked is `temperror`, a record that
// cannot be understood is `permerror`. An Evaluator may be shared by threads.
#pragma once

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "sys/dns/resolver.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::spf {

// RFC 7208 §2.6, in the RFC's words.
enum class Verdict { none, neutral, pass, fail, softfail, temperror, permerror };
[[nodiscard]] std::string_view format_verdict(Verdict verdict);

// RFC 7208 §2.3, §2.4.
enum class Identity { helo, mail_from };
[[nodiscard]] std::string_view format_identity(Identity identity);  // "helo", "mailfrom" (RFC 7208 §9.1)

struct Question {
    IpAddress ip;
    std::string helo;       // as the client said it; may be an address literal or nonsense
    std::string mail_from;  // local@domain without angle brackets; empty: the null reverse-path
    std::string receiver;   // our host name, for %{r}; "unknown" when empty
    WallTime at{};          // for %{t}
};

// One record that was asked for, or one term that was evaluated: the path that led to the verdict.
struct Step {
    unsigned depth = 0;    // 0: the domain's own record; each include or redirect is one deeper
    std::string domain;    // whose record the term stands in
    std::string term;      // as written: "include:_spf.example.org"; "v=spf1" for the record itself
    std::string asked;     // the name that was looked up, macros expanded; empty when none was
    std::string outcome;   // match | no_match | error | a verdict word
    std::string detail;    // for people; may be empty
    unsigned lookups = 0;  // terms counted against the limit of 10 so far
};

struct Report {
    Verdict verdict = Verdict::none;
    Identity identity = Identity::mail_from;
    std::string domain;       // whose policy was asked for
    std::string mechanism;    // what decided, as written ("ip4:192.0.2.0/24", "-all"); "default" when nothing matched
    std::string explanation;  // RFC 7208 §6.2, with fail only; US-ASCII without control characters
    std::string problem;      // with temperror, permerror and none: why, for people
    unsigned lookups = 0;
    unsigned void_lookups = 0;
    std::vector<Step> trace;
};

struct Options {
    unsigned max_lookups = 10;      // RFC 7208 §4.6.4
    unsigned max_void_lookups = 2;  // the same
    unsigned max_mx_names = 10;
    unsigned max_ptr_names = 10;
    std::size_t max_cached_records = 10'000;
    bool keep_trace = true;
};

inline constexpr std::chrono::seconds default_time_limit{20};  // RFC 7208 §4.6.4: "at least 20 seconds"

class Evaluator {
public:
    // `resolver` outlives the evaluator. What it has at hand (dns::KnownAnswers, as a CachedResolver has) is
    // taken in place, which makes a warm evaluation cheap.
    explicit Evaluator(dns::Resolver& resolver, Options options = {});
    ~Evaluator();
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    // check_host() of RFC 7208 §4 for one identity. With mail_from and a null reverse-path the identity
    // is postmaster@helo (§2.4). Passing the deadline, or being cancelled, is temperror.
    Task<Report> check(Question question, Identity identity, Deadline deadline) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::spf

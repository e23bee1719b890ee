#pragma once

#include "core/policy/parameters.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

// What a method found, in the words of RFC 8601 §2.7.
enum class AuthResult { none, pass, neutral, softfail, fail, policy, temperror, permerror };
[[nodiscard]] std::string_view format_auth_result(AuthResult result);
[[nodiscard]] std::optional<AuthResult> parse_auth_result(std::string_view word);

struct SpfFacts {
    AuthResult mail_from = AuthResult::none;  // of the envelope sender, or of postmaster@HELO without one
    std::string domain;                       // whose record was asked
    std::string explanation;                  // that domain's own words, with fail; may be empty
    AuthResult helo = AuthResult::none;
    std::string helo_name;
    std::string helo_explanation;
    std::string client;  // the connecting address
};

struct DmarcFacts {
    AuthResult result = AuthResult::none;
    std::string author_domain;
    enum class Wish {
        none,
        quarantine,
        reject
    } wish = Wish::none;  // what the domain wants done with a failure, also where it is open whether this is one
    // The newest sealer of an ARC chain that is whole, when it says that the message was authentic as it
    // came to it; empty: there is none.
    std::string sealer;
    bool has_bad_from = false;  // From does not tell whom to ask; nothing else counts then
};

// What is known so far; a method that was not looked at is absent.
struct AuthFacts {
    std::optional<SpfFacts> spf;
    std::optional<AuthResult> dkim;  // the best of all signatures
    std::optional<DmarcFacts> dmarc;
    bool only_postmaster = false;  // nobody but postmaster is to get the message
};

struct AuthDecision {
    AuthAction action = AuthAction::accept;
    unsigned code = 250;
    std::string enhanced_code;       // with defer and reject, like the lines
    std::vector<std::string> lines;  // of the reply: clean and bounded
    std::vector<std::string> marks;  // "spf-fail", "dmarc-quarantine": what X-Sealpost-Verdict says
    std::string overridden_by;       // the trusted sealer that spared the message a DMARC failure
};

// The strongest of what the parameters say about each result. Asked for SPF alone at RCPT and for
// everything at the end of the message. RFC 5321 §4.5.1: mail for postmaster alone is marked, not
// refused, so that whoever is locked out can still ask why.
[[nodiscard]] AuthDecision decide_authentication(const AuthParameters& parameters, const AuthFacts& facts);

}  // namespace sealpost::policy

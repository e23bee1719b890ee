#pragma once

#include "serve/authcheck/report.hpp"
#include "serve/trace/trace.hpp"

namespace sealpost::trace {

// What was found out, put into steps for people. Pure.
[[nodiscard]] Outcome find_outcome(const policy::Ruling& ruling);
[[nodiscard]] std::string format_reply(const policy::Ruling& ruling);  // "530 5.7.0 …"; empty when it is accepted

// What was asked about the host, what came, and as what it counts.
[[nodiscard]] Step describe_question(const hostfacts::Finding& question, const policy::ConnectionFacts& facts);
[[nodiscard]] Step describe_host(const policy::ConnectionFacts& facts, const policy::ConnectionVerdict& verdict,
                                 std::string name_from);
[[nodiscard]] Step describe_policy(const policy::ConnectionVerdict& verdict, const policy::Ruling& ruling);
// `sender`: with the default domain; `asks_domain`: the policy wants DNS to be asked about its domain.
[[nodiscard]] Step describe_sender(const policy::TransactionFacts& facts, const std::string& sender, bool asks_domain,
                                   const policy::Ruling& ruling);
[[nodiscard]] Step describe_masquerade(const std::string& sender, const std::string& as);
// `asked`: the address under which the domain map leads to the RAT. `hangs_on_tag`: a gateway would verify the bounce.
[[nodiscard]] Step describe_recipient(const std::string& address, const std::string& asked, bool hangs_on_tag,
                                      const policy::Ruling& ruling);
[[nodiscard]] Step describe_alias(const std::string& address, const policy::Expansion& expansion);
[[nodiscard]] Step describe_authentication(const authcheck::Report& report, const policy::Ruling& ruling);
[[nodiscard]] Step skip_authentication(std::string why);
[[nodiscard]] Step describe_encryption(const std::string& address, const policy::EncryptionDecision& decision);
[[nodiscard]] Step describe_route(const std::string& address, const policy::Route* route);
[[nodiscard]] Step describe_destination(const std::string& address, const policy::Destination& destination,
                                        const policy::BounceProfile& bounces, std::string bounces_from);

}  // namespace sealpost::trace

#pragma once

#include "core/policy/ruling.hpp"
#include "serve/gateway/intake_parts.hpp"
#include "serve/smtpd/mail_handler.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::gateway {

// The other end of a connection: what is known of it, and the policy that it met.
struct Client {
    std::shared_ptr<const IntakeParts> parts;
    std::shared_ptr<const policy::Snapshot> policy;  // as it was when the connection began
    smtpd::PeerFacts peer;
    policy::ConnectionFacts facts;
    policy::ConnectionVerdict verdict;
    HostKey host;  // to the limits of hosts
    std::optional<smtpd::TlsFacts> tls;
    std::string helo;
    bool extended = false;
    config::SubmissionUser user;  // who signed in, as he stood in the file then; the name may be empty

    [[nodiscard]] bool is_signed_in() const { return !user.name.empty(); }
    [[nodiscard]] const policy::Parameters& parameters() const { return *verdict.parameters; }
    [[nodiscard]] policy::Behavior behavior() const { return is_signed_in() ? policy::Behavior::relay : verdict.behavior; }
    // Relayed by policy, or from somebody who signed in.
    [[nodiscard]] bool is_outgoing() const { return behavior() == policy::Behavior::relay; }

    // What the policy is asked about a transaction. TLS where the listener demands it, messages per connection and sizes
    // are the session's to ask about.
    [[nodiscard]] policy::TransactionFacts describe_transaction(std::string sender) const;
    // The reply to a refusal of the policy; none to what it accepts. Tells of the limit or check behind it, which is about
    // this address.
    [[nodiscard]] std::optional<smtp::Reply> answer(const policy::Ruling& ruling, std::string_view about) const;
    // A reply with a code and a text of the policy, in which HAT variables stand for what they name. `detail` is the
    // rest of the enhanced code: "7.1"; `fallback` is said where the policy has no text.
    [[nodiscard]] smtp::Reply refuse(unsigned code, std::string_view detail, std::string_view text,
                                     std::string_view fallback) const;
    // Counts a limit or check that the client did not pass, and logs it.
    void tell_limit(std::string_view limit, std::string_view about = "") const;
};

}  // namespace sealpost::gateway

#pragma once

#include "core/policy/snapshot.hpp"
#include "wire/mail/bounce_tag.hpp"

#include <memory>
#include <optional>

namespace sealpost::gateway {

// Bounce verification of the gateway (doc/spec/policy.md, "Bounces"): who gets a tag, and which message with the
// null sender is a bounce of mail that we sent.
struct BounceQuestion {
    bool has_null_sender = false;
    bool is_judged = false;         // from outside, on a public listener
    bool accepts_untagged = false;  // accept_untagged_bounces of the policy
};

struct BounceVerdict {
    bool is_refused = false;
    mail::BounceTag tag = mail::BounceTag::untagged;
    mail::Mailbox recipient;  // without the tag, when it is ours; also where a person answers to a tagged sender
};

// `keys` may be null or empty: then nothing is refused nor taken off.
[[nodiscard]] BounceVerdict check_bounce(const mail::BounceKeys* keys, const policy::Snapshot& policy, BounceQuestion question,
                                         const mail::Mailbox& recipient, WallTime now);

// The sender of mail of our own people for this domain, with its tag. Absent: it leaves as it is.
[[nodiscard]] std::optional<mail::Mailbox> tag_sender(const mail::BounceKeys* keys, const policy::Snapshot& policy,
                                                      const mail::Mailbox& sender, std::string_view domain, WallTime now);

}  // namespace sealpost::gateway

#include "serve/gateway/bounce_verification.hpp"

#include "base/text.hpp"

namespace sealpost::gateway {
namespace {

using mail::BounceTag;

bool is_proof(BounceTag tag) { return tag == BounceTag::valid || tag == BounceTag::exempt; }

}  // namespace

BounceVerdict check_bounce(const mail::BounceKeys* keys, const policy::Snapshot& policy, BounceQuestion question,
                           const mail::Mailbox& recipient, WallTime now)
{
    BounceVerdict verdict;
    verdict.recipient = recipient;
    if (!keys || keys->empty()) return verdict;
    auto finding = keys->check(recipient, now);
    verdict.tag = finding.tag;
    verdict.recipient = std::move(finding.address);
    // Mail that went out while some destination was tagged may still bounce; without one, no tag is to be expected.
    // Senders of other domains are never tagged.
    const bool is_bounce =
        question.is_judged && question.has_null_sender && policy.tags_senders() && policy.is_own_domain(recipient.domain);
    // RFC 5321 §4.5.1: mail to Postmaster is to be taken from everybody.
    const bool is_postmaster = iequals(verdict.recipient.local, "postmaster");
    verdict.is_refused = is_bounce && !question.accepts_untagged && !is_postmaster && !is_proof(verdict.tag);
    return verdict;
}

std::optional<mail::Mailbox> tag_sender(const mail::BounceKeys* keys, const policy::Snapshot& policy, const mail::Mailbox& sender,
                                        std::string_view domain, WallTime now)
{
    if (!keys || keys->empty() || sender.empty()) return std::nullopt;
    if (!policy.find_destination(domain).tag_sender || policy.is_own_domain(domain)) return std::nullopt;
    if (!policy.is_own_domain(sender.domain)) return std::nullopt;  // its bounces go elsewhere
    auto tagged = keys->tag(sender, now);
    if (tagged == sender) return std::nullopt;
    return tagged;
}

}  // namespace sealpost::gateway

#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/mail/mailbox.hpp"

#include <string_view>
#include <vector>

namespace sealpost::mail {

// Bounce verification (doc/spec/policy.md, "Bounces"): an envelope sender of ours leaves as
// "prvs=KDDDSSSSSS=local@domain", and a bounce must come back to such an address.
class BounceKey {
public:
    // The text of a key file: 64 hexadecimal digits. Fault::config for anything else.
    [[nodiscard]] static Result<BounceKey> parse(std::string_view text);
    [[nodiscard]] static Secret make_text();

    [[nodiscard]] unsigned number() const;  // 0 to 9, derived from the key
    // The three octets of the tag, in hexadecimal; `day` is DDD.
    [[nodiscard]] std::string sign(unsigned day, const Mailbox& address) const;

private:
    explicit BounceKey(Secret octets) : octets_(std::move(octets)) {}
    Secret octets_;
};

enum class BounceTag {
    untagged,
    valid,
    expired,  // ours, and too old
    wrong,    // of the form, and of no key that we have
    exempt,   // of an address that is too long to be tagged
};

[[nodiscard]] std::string_view format_bounce_tag(BounceTag tag);
// The address, as text, without what has the form of a tag; whose it is stays open.
[[nodiscard]] std::string_view strip_bounce_tag(std::string_view address);

class BounceKeys {
public:
    BounceKeys() = default;
    explicit BounceKeys(std::vector<BounceKey> keys) : keys_(std::move(keys)) {}  // the first signs

    [[nodiscard]] bool empty() const { return keys_.empty(); }

    // The address as it leaves; as it stands without a key, with the null sender, with a tag that it bears
    // already, and where it would become longer than RFC 5321 §4.5.3.1.1 allows.
    [[nodiscard]] Mailbox tag(const Mailbox& sender, WallTime now) const;

    struct Finding {
        BounceTag tag = BounceTag::untagged;
        Mailbox address;  // without its tag when that is valid or expired, else as it came
    };
    [[nodiscard]] Finding check(const Mailbox& address, WallTime now) const;

private:
    std::vector<BounceKey> keys_;
};

}  // namespace sealpost::mail

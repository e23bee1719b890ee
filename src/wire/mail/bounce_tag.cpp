#include "wire/mail/bounce_tag.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/random.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace sealpost::mail {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t tag_octets = 3;
constexpr unsigned days_of_grace = 7;
constexpr unsigned days_in_turn = 1000;
constexpr std::string_view mark = "prvs=";
constexpr std::size_t tag_length = mark.size() + 10 + 1;  // prvs= KDDDSSSSSS =

unsigned day_of(WallTime now)
{
    const auto days = std::chrono::floor<std::chrono::days>(now.time_since_epoch()).count();
    return static_cast<unsigned>(days % days_in_turn);
}

// The parts of a tagged local part; absent: it has not the form.
struct Tagged {
    unsigned number = 0;
    unsigned day = 0;
    std::string signature;  // six digits, lower case
    std::string local;
};

std::optional<Tagged> split_tag(std::string_view local)
{
    if (local.size() <= tag_length || !istarts_with(local, mark) || local[tag_length - 1] != '=') return std::nullopt;
    const auto number = parse_decimal(local.substr(mark.size(), 1));
    const auto day = parse_decimal(local.substr(mark.size() + 1, 3));
    std::string signature = ascii_lower(local.substr(mark.size() + 4, 2 * tag_octets));
    if (!number || !day || parse_hex(signature).has_error()) return std::nullopt;
    return Tagged{static_cast<unsigned>(*number), static_cast<unsigned>(*day), std::move(signature),
                  std::string(local.substr(tag_length))};
}

bool is_too_long(const Mailbox& address) { return address.local.size() + tag_length > max_local_bytes; }

}  // namespace

Result<BounceKey> BounceKey::parse(std::string_view text)
{
    auto octets = parse_hex(text);
    if (octets.has_error() || octets->size() != key_bytes)
        return Error{Fault::config, "not a key for bounce verification (64 hexadecimal digits)"};
    return BounceKey(Secret(std::move(*octets)));
}

Secret BounceKey::make_text()
{
    const Secret octets(crypto::random_bytes(key_bytes));
    const std::string text = format_hex(octets.reveal());
    return Secret::copy_of(text);
}

unsigned BounceKey::number() const { return crypto::sha256(octets_.reveal())[0] % 10; }

std::string BounceKey::sign(unsigned day, const Mailbox& address) const
{
    char prefix[8];
    std::snprintf(prefix, sizeof prefix, "%u%03u", number(), day % days_in_turn);
    const std::string text = prefix + ascii_lower(format_mailbox(address));
    const auto digest = crypto::hmac_sha256(octets_.reveal(), as_bytes(text));
    return format_hex(ByteView(digest).first(tag_octets));
}

std::string_view strip_bounce_tag(std::string_view address)
{
    const bool is_tagged = split_tag(address.substr(0, address.rfind('@'))).has_value();
    return is_tagged ? address.substr(tag_length) : address;
}

std::string_view format_bounce_tag(BounceTag tag)
{
    switch (tag) {
        case BounceTag::untagged: return "untagged";
        case BounceTag::valid: return "valid";
        case BounceTag::expired: return "expired";
        case BounceTag::wrong: return "wrong";
        case BounceTag::exempt: return "exempt";
    }
    return "untagged";
}

Mailbox BounceKeys::tag(const Mailbox& sender, WallTime now) const
{
    if (keys_.empty() || sender.empty() || is_too_long(sender)) return sender;
    if (check(sender, now).tag == BounceTag::valid) return sender;  // a tag of somebody else is part of the address
    const BounceKey& key = keys_.front();
    const unsigned day = (day_of(now) + days_of_grace) % days_in_turn;
    char digits[8];
    std::snprintf(digits, sizeof digits, "%u%03u", key.number(), day);
    return {std::string(mark) + digits + key.sign(day, sender) + '=' + sender.local, sender.domain};
}

BounceKeys::Finding BounceKeys::check(const Mailbox& address, WallTime now) const
{
    const auto tagged = split_tag(address.local);
    if (!tagged) return {is_too_long(address) ? BounceTag::exempt : BounceTag::untagged, address};
    const Mailbox untagged{tagged->local, address.domain};
    const auto signed_by = [&](const BounceKey& key) {
        const std::string expected = key.sign(tagged->day, untagged);
        return key.number() == tagged->number && crypto::equal_in_constant_time(as_bytes(expected), as_bytes(tagged->signature));
    };
    if (std::ranges::none_of(keys_, signed_by)) return {BounceTag::wrong, address};
    const unsigned days_left = (tagged->day + days_in_turn - day_of(now)) % days_in_turn;
    return {days_left <= days_of_grace ? BounceTag::valid : BounceTag::expired, untagged};
}

}  // namespace sealpost::mail

#include "core/keys/kek.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/random.hpp"

#include <algorithm>
#include <climits>

namespace sealpost::keys {
namespace {

constexpr std::string_view head_line = "# sealpost key-encryption keys 1";
constexpr std::size_t max_versions = 1000;

Error broken(std::size_t line, std::string_view what)
{
    return {Fault::config, "line " + std::to_string(line) + ": " + std::string(what)};
}

// "<version> <made at> <base64 of 32 octets>"
Result<KekRing::Version> parse_version(std::string_view line, std::size_t number)
{
    const auto words = split(line, ' ');
    if (words.size() != 3) return broken(number, "expected \"version time key\"");
    const auto version = parse_decimal(words[0]);
    if (!version || *version == 0 || *version > INT_MAX) return broken(number, "the version is a number from 1");
    const auto made_at = parse_rfc3339(words[1]);
    if (!made_at) return broken(number, "the time is not RFC 3339 in UTC");
    auto key = parse_base64(words[2]);
    if (!key || key->size() != KekRing::key_bytes) return broken(number, "the key is not the base64 of 32 octets");
    return KekRing::Version{static_cast<int>(*version), *made_at, Secret(std::move(*key))};
}

}  // namespace

Result<KekRing> KekRing::parse(std::string_view text)
{
    KekRing ring;
    const auto lines = split(text, '\n');
    if (lines.empty() || trim(lines.front()) != head_line) return broken(1, "expected \"" + std::string(head_line) + "\"");
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto line = trim(lines[i]);
        if (line.empty() || line.front() == '#') continue;
        SEALPOST_TRY(auto version, parse_version(line, i + 1));
        if (!ring.versions_.empty() && version.number <= ring.versions_.back().number)
            return broken(i + 1, "versions must ascend");
        if (ring.versions_.size() == max_versions) return broken(i + 1, "too many versions");
        ring.versions_.push_back(std::move(version));
    }
    if (ring.versions_.empty()) return broken(lines.size(), "no key in it");
    return ring;
}

Secret KekRing::format() const
{
    Bytes text;
    // Enough room at once: growing would leave copies of keys behind in freed memory.
    text.reserve(head_line.size() + 1 + versions_.size() * 100);
    const auto append = [&text](std::string_view piece) { text.insert(text.end(), piece.begin(), piece.end()); };
    append(head_line);
    append("\n");
    for (const auto& version : versions_) {
        const Secret key = Secret::copy_of(format_base64(version.key.reveal()));
        append(std::to_string(version.number) + ' ' + format_rfc3339(version.made_at) + ' ');
        append(key.reveal_text());
        append("\n");
    }
    return Secret(std::move(text));
}

KekRing KekRing::make(WallTime now, int number)
{
    KekRing ring;
    ring.versions_.push_back({number, now, crypto::random_secret(key_bytes)});
    return ring;
}

KekRing KekRing::with_new_version(WallTime now, int at_least) const
{
    KekRing ring;
    for (const auto& version : versions_) ring.versions_.push_back({version.number, version.made_at, version.key.clone()});
    ring.versions_.push_back({std::max(newest().number + 1, at_least), now, crypto::random_secret(key_bytes)});
    return ring;
}

KekRing KekRing::with_newest_only() const
{
    KekRing ring;
    ring.versions_.push_back({newest().number, newest().made_at, newest().key.clone()});
    return ring;
}

const KekRing::Version* KekRing::find(int number) const
{
    for (const auto& version : versions_)
        if (version.number == number) return &version;
    return nullptr;
}

Secret KekRing::derive(std::string_view purpose) const
{
    return crypto::hkdf_sha256(versions_.front().key.reveal(), {}, as_bytes("sealpost derived key 1: " + std::string(purpose)),
                               key_bytes);
}

}  // namespace sealpost::keys

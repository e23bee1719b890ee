#include "core/tally/key_text.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/digest.hpp"

namespace sealpost::tally {
namespace {

constexpr std::size_t max_name_bytes = 512;
constexpr std::size_t kept_bytes = 400;

}  // namespace

// With its length in front of each: what ends one text cannot begin the next.
std::string make_key(std::initializer_list<std::string_view> texts)
{
    crypto::Sha256 hash;
    for (const auto text : texts) {
        hash.update(std::to_string(text.size()) + ':');
        hash.update(text);
    }
    return format_hex(hash.finish());
}

std::string shorten_name(std::string text)
{
    if (text.size() <= max_name_bytes) return text;
    const std::string key = make_key({text});
    std::size_t end = kept_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside of a character
    return text.substr(0, end) + " sha256:" + key;
}

}  // namespace sealpost::tally

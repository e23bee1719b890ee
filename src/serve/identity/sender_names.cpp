#include "serve/identity/sender_names.hpp"

#include "wire/mail/address_list.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <utility>

namespace sealpost::identity {
namespace {

bool is_plain_ascii(char32_t c)
{
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') || c == U'.' || c == U'-' ||
           c == U'_' || c == U'+';
}

// Below U+2000 and among Hangul: signs that show nothing, or turn or join what stands beside them.
constexpr std::pair<char32_t, char32_t> hidden[] = {{0x034F, 0x034F}, {0x0600, 0x0605}, {0x061C, 0x061C}, {0x06DD, 0x06DD},
                                                    {0x070F, 0x070F}, {0x0890, 0x0891}, {0x08E2, 0x08E2}, {0x115F, 0x1160},
                                                    {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x3164, 0x3164}};

// Letters of the world's scripts, and nothing that hides, turns the direction of writing or looks like an
// at sign: controls and format characters (U+0080…, U+00AD, `hidden`, U+2000…), the compatibility forms
// (U+F900…, with U+FE6B and U+FF20) and what stands outside the basic plane are left out.
bool is_plain(char32_t c)
{
    if (c < 0x80) return is_plain_ascii(c);
    if (std::ranges::any_of(hidden, [c](const auto& range) { return c >= range.first && c <= range.second; })) return false;
    return c >= 0xC0 && (c < 0x2000 || (c >= 0x3040 && c < 0xD800));
}

bool is_plain(std::string_view text)
{
    while (!text.empty()) {
        const auto point = mail::first_code_point(text);
        if (!is_plain(point.value)) return false;
        text.remove_prefix(point.bytes);
    }
    return true;
}

}  // namespace

SenderNames use_person(const mail::Mailbox& person)
{
    const std::string address = mail::format_mailbox(person);
    return {address, address, ""};
}

SenderNames use_service(const mail::Mailbox& service, std::string_view service_name, const mail::Mailbox& person)
{
    // "someone at": a local part may look like a domain, and must not be taken for the one that stands here.
    const std::string name =
        is_plain(person.local) ? person.local : "someone at " + mail::format_domain_for_people(person.domain);
    SenderNames names;
    names.envelope_sender = mail::format_mailbox(service);
    names.from = mail::format_named({name + " via " + std::string(service_name), service});
    names.reply_to = mail::format_mailbox(person);
    return names;
}

}  // namespace sealpost::identity

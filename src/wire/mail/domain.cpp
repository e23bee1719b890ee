#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/utf8.hpp"

#include <glib.h>
#include <idn2.h>
#include <algorithm>
#include <memory>

namespace sealpost::mail {
namespace {

struct FreeText {
    void operator()(char* text) const { idn2_free(text); }
};
using OwnedText = std::unique_ptr<char, FreeText>;

struct FreeGlib {
    void operator()(char* text) const { g_free(text); }
};
using OwnedGlib = std::unique_ptr<char, FreeGlib>;

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

bool is_label(std::string_view label)
{
    // RFC 5321 §4.1.2 sub-domain, RFC 1035 §2.3.4: 63 octets or less.
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    return std::ranges::all_of(label, [](char c) { return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '-'; });
}

// The last label of a name that consists of labels; empty: it does not.
std::string_view find_last_label(std::string_view name)
{
    for (;;) {
        const std::size_t end = name.find('.');
        if (!is_label(name.substr(0, end))) return {};
        if (end == std::string_view::npos) return name;
        name.remove_prefix(end + 1);
    }
}

// RFC 5890 §2.3.2.1: U-labels, in letters of either case. Nothing else is mapped, since other servers would not: wide
// letters, invisible characters and other people's full stops make no name of ours.
Result<std::string> to_a_labels(std::string_view text)
{
    if (text.size() > 4 * max_domain_bytes || text.find('\0') != std::string_view::npos || !is_utf8(text))
        return bad("not a domain name");
    const OwnedGlib lower(g_utf8_strdown(text.data(), static_cast<gssize>(text.size())));
    char* raw = nullptr;
    const int verdict = idn2_to_ascii_8z(lower.get(), &raw, IDN2_NFC_INPUT | IDN2_NO_TR46);
    const OwnedText owned(raw);
    if (verdict != IDN2_OK || !owned) return bad("not a domain name that IDNA 2008 allows");
    std::string name = owned.get();
    if (std::ranges::count(name, '.') != std::ranges::count(text, '.')) return bad("a domain name with foreign full stops");
    return name;
}

}  // namespace

Result<std::string> parse_domain(std::string_view text, Smtputf8 utf8)
{
    std::string name;
    if (is_ascii(text)) {
        name = ascii_lower(text);
    } else {
        if (utf8 == Smtputf8::refused) return bad("the domain is not ASCII, and SMTPUTF8 was not asked for");
        SEALPOST_TRY(name, to_a_labels(text));
        name = ascii_lower(name);
    }
    if (name.empty() || name.size() > max_domain_bytes) return bad("the domain is empty or longer than 255 octets");
    const std::string_view top_level = find_last_label(name);
    if (top_level.empty()) return bad("the domain has a label that is empty, too long or not of letters, digits and hyphens");
    // An address without its brackets is a mistake; no top-level domain is a number.
    if (std::ranges::all_of(top_level, is_ascii_digit)) return bad("the domain ends in a number");
    return name;
}

std::string format_domain_for_people(std::string_view a_labels)
{
    std::string copy(a_labels);
    char* raw = nullptr;
    const int verdict = idn2_to_unicode_8z8z(copy.c_str(), &raw, 0);
    const OwnedText owned(raw);
    if (verdict != IDN2_OK || !owned || !is_utf8(owned.get())) return copy;
    return owned.get();
}

}  // namespace sealpost::mail

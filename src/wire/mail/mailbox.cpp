#include "wire/mail/mailbox.hpp"

#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/mail/visible_text.hpp"

#include <algorithm>

namespace sealpost::mail {
namespace {

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// RFC 5322 §3.2.3, with the UTF-8 of RFC 6531 §3.3 (checked as a whole before).
bool is_atom_char(char c)
{
    if (is_high(c) || is_ascii_digit(c)) return true;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    return std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view local)
{
    char before = '.';
    for (const char c : local) {
        if (c == '.' ? before == '.' : !is_atom_char(c)) return false;
        before = c;
    }
    return before != '.';
}

// RFC 5321 §4.1.2: qtextSMTP and quoted-pairSMTP; `text` begins at the opening quote. Moves behind the closing one.
Result<std::string> take_quoted(std::string_view& text)
{
    std::string local;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char c = text[i];
        if (c == '"') {
            text.remove_prefix(i + 1);
            return local;
        }
        if (c == '\\' && ++i < text.size()) c = text[i];
        if (i == text.size() || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) break;
        local.push_back(c);
    }
    return bad("a quoted local part that does not end or holds control characters");
}

// Persian and scripts of India need the joiners U+200C and U+200D between their letters. Beside ASCII nobody sees them.
bool has_hidden_joiner(std::string_view text)
{
    const auto is_ascii_at = [&](std::size_t at) { return at >= text.size() || static_cast<unsigned char>(text[at]) < 0x80; };
    for (auto at = text.find("\xE2\x80"); at != std::string_view::npos; at = text.find("\xE2\x80", at + 1)) {
        const bool is_joiner = at + 2 < text.size() && (text[at + 2] == '\x8C' || text[at + 2] == '\x8D');
        if (is_joiner && (at == 0 || is_ascii_at(at - 1) || is_ascii_at(at + 3))) return true;
    }
    return false;
}

Result<std::string> take_local(std::string_view& text)
{
    std::string local;
    if (!text.empty() && text.front() == '"') {
        SEALPOST_TRY(local, take_quoted(text));
    } else {
        const std::size_t end = std::min(text.find('@'), text.size());
        local = text.substr(0, end);
        text.remove_prefix(end);
        if (!is_dot_string(local)) return bad("the local part is empty or needs quotes");
    }
    if (local.empty()) return bad("the local part is empty");
    if (local.size() > max_local_bytes) return bad("the local part is longer than 64 octets");
    // RFC 6531 §3.3 takes all of UTF-8. No mailbox is called by what steers a terminal or cannot be told from another one.
    if (!is_plain_line(local) || has_hidden_joiner(local))
        return bad("the local part holds characters that the eye does not see");
    return local;
}

// RFC 5321 §4.1.3. Other kinds of literals have never been registered.
Result<std::string> parse_literal(std::string_view text)
{
    if (text.size() < 3 || text.back() != ']') return bad("an address literal without its closing bracket");
    std::string_view inner = text.substr(1, text.size() - 2);
    const bool six = istarts_with(inner, "IPv6:");
    if (six) inner.remove_prefix(5);
    const auto address = parse_ip(inner);
    const bool written_as_six = inner.find(':') != std::string_view::npos;
    if (!address || written_as_six != six) return bad("an address literal that is no address");
    return address->is_v4() ? "[" + format_ip(*address) + "]" : "[IPv6:" + format_ip(*address) + "]";
}

Result<> check_text(std::string_view text, Smtputf8 utf8)
{
    if (text.size() > 1000) return bad("an address longer than any line");
    if (is_ascii(text)) return {};
    if (utf8 == Smtputf8::refused) return bad("the address is not ASCII, and SMTPUTF8 was not asked for");
    if (!is_utf8(text)) return bad("the address is not valid UTF-8");
    return {};
}

// "@relay,@relay2:" — RFC 5321 Appendix C: "MUST BE accepted, SHOULD NOT be generated, and SHOULD be ignored".
Result<> skip_source_route(std::string_view& text, Smtputf8 utf8)
{
    if (text.empty() || text.front() != '@') return {};
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return bad("a source route without its colon");
    for (std::string_view hop : split(text.substr(0, colon), ',')) {
        if (hop.empty() || hop.front() != '@') return bad("a broken source route");
        SEALPOST_CHECK(parse_domain(hop.substr(1), utf8));
    }
    text.remove_prefix(colon + 1);
    return {};
}

}  // namespace

Result<Mailbox> parse_mailbox(std::string_view text, Smtputf8 utf8)
{
    SEALPOST_CHECK(check_text(text, utf8));
    Mailbox mailbox;
    SEALPOST_TRY(mailbox.local, take_local(text));
    if (text.empty() || text.front() != '@') return bad("an address without \"@domain\"");
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '[') {
        SEALPOST_TRY(mailbox.domain, parse_literal(text));
    } else {
        SEALPOST_TRY(mailbox.domain, parse_domain(text, utf8));
    }
    return mailbox;
}

Result<Mailbox> parse_path(std::string_view text, Smtputf8 utf8, Domain domain)
{
    if (text.size() < 2 || text.front() != '<' || text.back() != '>') return bad("a path stands in angle brackets");
    text = text.substr(1, text.size() - 2);
    if (text.empty()) return Mailbox{};
    // RFC 5321 §4.1.1.3: "<Postmaster>" without a domain, in any case.
    if (iequals(text, "postmaster")) return Mailbox{std::string(text), ""};
    SEALPOST_CHECK(check_text(text, utf8));
    SEALPOST_CHECK(skip_source_route(text, utf8));
    if (domain == Domain::needed) return parse_mailbox(text, utf8);
    std::string_view rest = text;
    SEALPOST_TRY(std::string local, take_local(rest));
    return rest.empty() ? Result<Mailbox>(Mailbox{std::move(local), ""}) : parse_mailbox(text, utf8);
}

std::string format_mailbox(const Mailbox& mailbox)
{
    std::string out;
    if (is_dot_string(mailbox.local)) {
        out = mailbox.local;
    } else {
        out = "\"";
        for (const char c : mailbox.local) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    if (!mailbox.domain.empty()) out += "@" + mailbox.domain;
    return out;
}

std::string format_path(const Mailbox& mailbox) { return mailbox.empty() ? "<>" : "<" + format_mailbox(mailbox) + ">"; }

std::string domain_of(std::string_view address)
{
    const std::size_t at = address.rfind('@');
    const bool is_local_alone = at == std::string_view::npos || address.ends_with('"');  // which may hold @, in quotes
    return is_local_alone ? std::string() : ascii_lower(address.substr(at + 1));
}

bool is_postmaster(std::string_view address) { return iequals(address.substr(0, address.rfind('@')), "postmaster"); }

}  // namespace sealpost::mail

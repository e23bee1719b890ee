#include "wire/spf/macro.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace sealpost::spf {
namespace {

constexpr std::string_view letters_everywhere = "slodiphv";
constexpr std::string_view letters_of_explanations = "crt";
constexpr std::string_view delimiters = ".-+,/_=";
constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::string_view lower_hex_digits = "0123456789abcdef";
constexpr unsigned many_parts = 1000;  // RFC 7208 §7.3: at least 128 must be understood

struct Macro {
    char letter = 0;       // lower case
    bool escaped = false;  // the letter was written in upper case
    unsigned parts = 0;    // 0: all of them
    bool reversed = false;
    std::string_view separators = ".";
    std::size_t length = 0;  // of "%{...}" as written

    [[nodiscard]] bool is_plain() const { return parts == 0 && !reversed && separators == "."; }
};

// "%{" at the beginning of `text`; the fault, if there is one.
std::optional<MacroFault> read_macro(std::string_view text, Macro& macro)
{
    std::size_t at = 2;
    const auto here = [&] { return at < text.size() ? text[at] : '\0'; };
    macro.letter = ascii_lower(here());
    macro.escaped = macro.letter != here();
    const bool known = macro.letter != 0 && (letters_everywhere.find(macro.letter) != std::string_view::npos ||
                                             letters_of_explanations.find(macro.letter) != std::string_view::npos);
    if (!known) return MacroFault{at, "no such macro letter"};
    ++at;
    const std::size_t digits = at;
    for (; is_ascii_digit(here()); ++at)
        macro.parts = std::min(macro.parts * 10 + static_cast<unsigned>(here() - '0'), many_parts);
    // RFC 7208 §7.3: "If a DIGIT is specified, the value MUST be nonzero."
    if (at > digits && macro.parts == 0) return MacroFault{digits, "a macro cannot keep zero parts"};
    macro.reversed = ascii_lower(here()) == 'r';
    if (macro.reversed) ++at;
    const std::size_t first = at;
    while (here() != 0 && delimiters.find(here()) != std::string_view::npos) ++at;
    if (at > first) macro.separators = text.substr(first, at - first);
    if (here() != '}') return MacroFault{std::min(at, text.size()), "a macro that does not end in \"}\""};
    macro.length = at + 1;
    return std::nullopt;
}

bool is_literal(char c, MacroUse use) { return (c > 0x20 && c < 0x7f) || (c == ' ' && use == MacroUse::explanation); }

// How many octets the "%" at the beginning of `text` takes with what belongs to it.
std::optional<MacroFault> check_percent(std::string_view text, MacroUse use, MacroTraits& traits, std::size_t& length)
{
    traits.has_macros = true;
    length = 2;
    const char next = text.size() > 1 ? text[1] : '\0';
    if (next == '%' || next == '_' || next == '-') return std::nullopt;
    if (next != '{') return MacroFault{0, "\"%\" must be followed by \"{\", \"%\", \"_\" or \"-\""};
    Macro macro;
    if (const auto fault = read_macro(text, macro)) return fault;
    length = macro.length;
    traits.asks_ptr = traits.asks_ptr || macro.letter == 'p';
    if (use == MacroUse::name && letters_of_explanations.find(macro.letter) != std::string_view::npos)
        return MacroFault{2, "this macro letter is for explanations only"};
    return std::nullopt;
}

void append_nibbles(std::string& out, const IpAddress& ip)
{
    for (std::size_t i = 0; i < 16; ++i) {
        const auto octet = ip.octets()[i];
        if (i > 0) out += '.';
        out += {lower_hex_digits[octet >> 4], '.', lower_hex_digits[octet & 15]};
    }
}

void append_dotted(std::string& out, const IpAddress& ip)
{
    for (const unsigned octet : ip.v4_octets()) {
        if (!out.empty()) out += '.';
        if (octet >= 100) out += static_cast<char>('0' + octet / 100);
        if (octet >= 10) out += static_cast<char>('0' + octet / 10 % 10);
        out += static_cast<char>('0' + octet % 10);
    }
}

// The value before transformation; `scratch` holds those that have to be made.
std::string_view value_of(char letter, const MacroValues& values, std::string& scratch)
{
    switch (letter) {
        case 's': return values.sender;
        case 'l': return values.local_part;
        case 'o': return values.sender_domain;
        case 'd': return values.domain;
        case 'p': return values.validated_name;
        case 'v': return values.ip.is_v4() ? "in-addr" : "ip6";
        case 'h': return values.helo;
        case 'r': return values.receiver;
        case 'i': values.ip.is_v4() ? append_dotted(scratch, values.ip) : append_nibbles(scratch, values.ip); return scratch;
        case 'c': scratch = format_ip(values.ip); return scratch;
        case 't':
            scratch = std::to_string(std::chrono::floor<std::chrono::seconds>(values.at).time_since_epoch().count());
            return scratch;
        default: return {};
    }
}

// RFC 3986 §2.3: unreserved characters stay.
bool is_unreserved(char c)
{
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || is_ascii_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void append(std::string& out, std::string_view text, bool escaped)
{
    if (!escaped) {
        out += text;
        return;
    }
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += {'%', hex_digits[octet >> 4], hex_digits[octet & 15]};
        }
    }
}

// RFC 7208 §7.3: split at the delimiters, reverse, keep the right-hand parts, join with dots.
void append_transformed(std::string& out, std::string_view value, const Macro& macro)
{
    std::vector<std::string_view> parts;
    parts.reserve(40);  // an IPv6 address has 32
    for (;;) {
        const std::size_t end = value.find_first_of(macro.separators);
        parts.push_back(value.substr(0, end));
        if (end == std::string_view::npos) break;
        value.remove_prefix(end + 1);
    }
    if (macro.reversed) std::reverse(parts.begin(), parts.end());
    const std::size_t kept = macro.parts == 0 ? parts.size() : std::min<std::size_t>(macro.parts, parts.size());
    for (std::size_t i = parts.size() - kept; i < parts.size(); ++i) {
        if (i > parts.size() - kept) out += '.';
        append(out, parts[i], macro.escaped);
    }
}

// Expands the "%" at the beginning of `text`; answers how many octets it took.
std::size_t expand_percent(std::string_view text, const MacroValues& values, std::string& out)
{
    switch (text.size() > 1 ? text[1] : '%') {
        case '_': out += ' '; return 2;
        case '-': out += "%20"; return 2;
        case '{': break;
        default: out += '%'; return 2;
    }
    Macro macro;
    if (read_macro(text, macro)) return text.size();  // check_macros() has seen to it
    std::string scratch;
    const std::string_view value = value_of(macro.letter, values, scratch);
    if (macro.is_plain()) {
        append(out, value, macro.escaped);
    } else {
        append_transformed(out, value, macro);
    }
    return macro.length;
}

}  // namespace

std::optional<MacroFault> check_macros(std::string_view text, MacroUse use, MacroTraits& traits)
{
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        traits.ends_in_macro = text[at] == '%';
        if (traits.ends_in_macro) {
            if (auto fault = check_percent(text.substr(at), use, traits, length)) return MacroFault{at + fault->at, fault->what};
        } else if (!is_literal(text[at], use)) {
            return MacroFault{at, "an octet that may not stand here"};
        }
        at += length;
    }
    return std::nullopt;
}

bool expand_macros(std::string_view text, const MacroValues& values, std::size_t most, std::string& out)
{
    while (!text.empty() && out.size() <= most) {
        const std::size_t percent = std::min(text.find('%'), text.size());
        out += text.substr(0, percent);
        text.remove_prefix(percent);
        if (!text.empty()) text.remove_prefix(std::min(expand_percent(text, values, out), text.size()));
    }
    return text.empty() && out.size() <= most;
}

}  // namespace sealpost::spf

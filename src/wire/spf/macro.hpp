#pragma once

#include "base/clock.hpp"
#include "base/ip_address.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::spf {

// Where a macro string stands decides what it may hold: "c", "r", "t" and spaces are for explanations
// only (RFC 7208 §7.2, §6.2). The value of a modifier that nobody knows may hold every letter.
enum class MacroUse { name, explanation, unknown_modifier };

struct MacroFault {
    std::size_t at = 0;  // octets from the beginning
    std::string_view what;
};

struct MacroTraits {
    bool has_macros = false;
    bool asks_ptr = false;  // "%{p}": reverse names must be known before it is expanded
    bool ends_in_macro = false;
};

// One pass over a macro string of RFC 7208 §7.1; the fault, if there is one.
[[nodiscard]] std::optional<MacroFault> check_macros(std::string_view text, MacroUse use, MacroTraits& traits);

// What the letters stand for (RFC 7208 §7.2). The views outlive the expansion.
struct MacroValues {
    std::string_view sender;          // s
    std::string_view local_part;      // l
    std::string_view sender_domain;   // o
    std::string_view domain;          // d
    IpAddress ip;                     // i, v, c
    std::string_view validated_name;  // p
    std::string_view helo;            // h
    std::string_view receiver;        // r
    WallTime at{};                    // t
};

// Appends the expansion of a string that check_macros() found good. False, with what was appended until
// then, when it would grow beyond `most` octets.
[[nodiscard]] bool expand_macros(std::string_view text, const MacroValues& values, std::size_t most, std::string& out);

}  // namespace sealpost::spf

#pragma once

#include <string>
#include <string_view>

namespace sealpost::spf {

// RFC 1035 §2.3.4, in the form that people write: 253 octets, labels of 1 to 63. Octets that a
// Resolver does not carry (backslash, control characters, above 126) make it no name.
[[nodiscard]] bool is_name(std::string_view lower_case_without_final_dot);

// Brings a name into the form that is asked for: lower case, no final dot. False when it is no name.
[[nodiscard]] bool normalise_in_place(std::string& name);

// RFC 7208 §7.3: "the left side is truncated to fit, by removing successive domain labels (and their
// following dots) until the total length does not exceed 253 characters".
void truncate_left(std::string& name);

[[nodiscard]] bool is_same_or_below(std::string_view name, std::string_view domain);  // both normal

// For people: octets that are no printable ASCII as \ddd, cut after `most` octets.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 512);

}  // namespace sealpost::spf

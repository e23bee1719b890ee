#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

inline constexpr std::size_t max_message_id_bytes = 250;

// The text of a Message-ID by which logs tell of a message and records find it: without angle brackets and what stands around
// them, cut, without control characters, and with "?" for each quote, bracket and backslash, so that no record has to escape
// it. Made again of what it is, it stays the same. May be empty.
[[nodiscard]] std::string clean_message_id(std::string_view value);

}  // namespace sealpost::mail

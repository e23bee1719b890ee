#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dns {

inline constexpr std::size_t max_string_bytes = 255;  // RFC 1035 §3.3: a <character-string>

// The strings of a TXT record: each at most 255 octets, cut behind a blank where there is one, so that
// the parts join to the same text (RFC 7208 §3.3: "without adding spaces").
[[nodiscard]] std::vector<std::string> split_strings(std::string_view record);
// Those strings as a master file has them: "v=spf1 …" "…" (RFC 1035 §5.1).
[[nodiscard]] std::string format_strings(std::string_view record);
// The whole line: `acme.example. IN TXT "v=spf1 …" "…"`.
[[nodiscard]] std::string format_zone_line(std::string_view name, std::string_view record);

}  // namespace sealpost::dns

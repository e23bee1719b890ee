#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sealpost::mail {

// Where a text of at most so many octets ends, between two characters of UTF-8; octets that are none are cut anywhere.
[[nodiscard]] std::size_t find_cut(std::string_view text, std::size_t max_bytes);

// Keeps what comes before that.
void cut_text(std::string& text, std::size_t max_bytes);

}  // namespace sealpost::mail

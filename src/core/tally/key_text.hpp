#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sealpost::tally {

// What others have written stands in indexes as one of these: a row of PostgreSQL's takes 2,704 octets, and a batch with a
// longer one is refused as a whole.

// 64 hexadecimal digits, others for other texts.
[[nodiscard]] std::string make_key(std::initializer_list<std::string_view> texts);

// At most 512 octets; of a longer text its beginning with the key of the whole, so that different ones stay different.
[[nodiscard]] std::string shorten_name(std::string text);

}  // namespace sealpost::tally

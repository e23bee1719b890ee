// Only for the .cpp files of this room.
#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

// Adjacent base64 words of one charset made into one word. GMime (3.2.13) decodes such a run as one
// stream and stops at the first padding, losing the rest; this gives it no run to stumble over, and
// keeps characters whole that a sender split between words. NULs become spaces.
[[nodiscard]] std::string join_encoded_words(std::string_view text);

}  // namespace sealpost::mail

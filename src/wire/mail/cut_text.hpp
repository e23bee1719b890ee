#pragma once

#include <cstddef>
#include <string>

namespace sealpost::mail {

// At most so many octets of UTF-8, and no code point without its end.
void cut_text(std::string& text, std::size_t max_bytes);

}  // namespace sealpost::mail

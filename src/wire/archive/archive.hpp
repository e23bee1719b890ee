// archive: reports of DMARC and of TLS as they travel, packed. Whole octets in, whole octets out, with a limit on what
// comes of them; no I/O.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace sealpost::archive {

// gzip (RFC 7489 §7.2.1.1, RFC 8460 §5.2), the same octets for the same text.
[[nodiscard]] std::string pack(std::string_view text);

// A report as it is found in the wild: plain text, gzip, or a zip file with one XML file in it or one file at all. What
// would grow beyond max_bytes, is cut off, encrypted, or fails its checksum, is Fault::peer_broke_it.
[[nodiscard]] Result<std::string> unpack(std::string_view octets, std::size_t max_bytes);

}  // namespace sealpost::archive

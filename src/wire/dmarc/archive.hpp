#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace sealpost::dmarc {

// RFC 7489 §7.2.1.1: "The aggregate data MUST be an XML file that SHOULD be subjected to GZIP compression".
[[nodiscard]] std::string pack(std::string_view xml);  // gzip, the same octets for the same text

// A report as it is found in the wild: plain XML, gzip, or a zip file with one XML file in it. What would grow
// beyond max_bytes, is cut off, encrypted, or fails its checksum, is Fault::peer_broke_it.
[[nodiscard]] Result<std::string> unpack(std::string_view octets, std::size_t max_bytes);

}  // namespace sealpost::dmarc

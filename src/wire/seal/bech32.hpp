#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace sealpost::seal {

// BIP 173 Bech32, as age uses it for keys (without the length limit of 90). The text is secret when
// the octets are, so both directions speak Secret.
[[nodiscard]] Secret encode_bech32(std::string_view lower_case_prefix, ByteView octets);

// Refuses mixed case, a wrong checksum, padding bits that are not zero and any other prefix.
[[nodiscard]] Result<Secret> decode_bech32(std::string_view lower_case_prefix, std::string_view text);

}  // namespace sealpost::seal

#pragma once

#include "base/bytes.hpp"

namespace sealpost::webauthn {

// Whether the octets are items of CBOR (RFC 8949 §3) of definite length, none of which announces more than follows it.
// libcbor makes room for as many items as an array or map announces, before it looks whether they are there.
[[nodiscard]] bool is_bounded_cbor(ByteView octets);

}  // namespace sealpost::webauthn

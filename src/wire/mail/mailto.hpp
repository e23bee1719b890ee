#pragma once

#include "base/result.hpp"
#include "wire/mail/mailbox.hpp"

#include <string_view>

namespace sealpost::mail {

// The one ASCII address of a mailto: URI (RFC 6068 §2), as records in DNS name addresses for reports; what stands behind
// "?" is passed over. The scheme is the caller's to see: `uri` begins with "mailto:" in any case. Otherwise
// Fault::peer_broke_it, whose text goes behind the URI: "names no mail address".
[[nodiscard]] Result<Mailbox> parse_mailto(std::string_view uri);

}  // namespace sealpost::mail

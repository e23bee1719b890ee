#pragma once

#include "wire/mail/mailbox.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::mail {

// What takes the place of an address; absent: it stays.
using AddressReplacement = std::function<std::optional<Mailbox>(const Mailbox&)>;

// The value of From, Sender, Reply-To … (RFC 5322 §3.4) with other addresses in it: names, groups and comments stay
// octet for octet, and so does a member that cannot be read. A source route goes with the address that it led to.
// Absent when nothing changes. `value` is unfolded.
[[nodiscard]] std::optional<std::string> replace_addresses(std::string_view value, const AddressReplacement& replacement);

}  // namespace sealpost::mail

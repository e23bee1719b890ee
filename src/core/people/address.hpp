#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::people {

// An address as this house keeps and compares it: checked as an RFC 5321 mailbox, the domain in
// lower case, the local part in lower case too (RFC 5321 §2.4 leaves its case to the receiving
// host, but nobody runs two mailboxes that differ in case, and people type as they please).
// Fault::give_up when it is none.
[[nodiscard]] Result<std::string> normalise_address(std::string_view address);

// A host or domain name in lower case: LDH labels, at least two, 253 octets at most.
[[nodiscard]] Result<std::string> normalise_domain(std::string_view domain);

// The domain and those above it that have a dot, the nearest first: mail.acme.test, acme.test. At most max_domains_above.
inline constexpr std::size_t max_domains_above = 8;
[[nodiscard]] std::vector<std::string> list_domains_above(std::string_view domain);

// The network that rate limits and the audit trail know somebody by: 192.0.2.0/24, 2001:db8:0:1::/64.
[[nodiscard]] std::string network_of(const IpAddress& address);
// What an IPv6 network of that kind is part of, and one customer may have whole: 2001:db8::/48 of 2001:db8:0:1::/64. Empty for
// others.
[[nodiscard]] std::string wider_network_of(std::string_view network);

}  // namespace sealpost::people

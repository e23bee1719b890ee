#pragma once

#include "wire/mail/mailbox.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::mail {

struct NamedMailbox {
    std::string name;  // decoded, UTF-8; may be empty
    Mailbox mailbox;
};

inline constexpr std::size_t max_listed_addresses = 1000;

// The value of From, To, Cc, Reply-To … (RFC 5322 §3.4): groups are flattened. Entries that are not
// addresses are left out; an empty list is a possible answer. More than the limit: Fault::peer_broke_it.
[[nodiscard]] Result<std::vector<NamedMailbox>> parse_address_list(std::string_view value);

// For those who act on who is *not* in the list: a member that cannot be read, a quoted string or comment
// without an end, or an "@" with a domain that no member has makes it Fault::peer_broke_it, since another
// program may find there an address that this one does not. What stands in quoted strings, comments and
// encoded words is no address. A field with one address behind a name that breaks the rules otherwise
// ("[List] Ann <a@acme.test>") gives that address, without the name.
[[nodiscard]] Result<std::vector<NamedMailbox>> parse_whole_address_list(std::string_view value);

[[nodiscard]] std::string format_named(const NamedMailbox& address);  // "Alice" <alice@acme.test>

}  // namespace sealpost::mail

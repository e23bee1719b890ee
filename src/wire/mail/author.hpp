#pragma once

#include "wire/mail/header_block.hpp"

#include <string>
#include <vector>

namespace sealpost::mail {

// Further domains in From make the field unusable: each one costs lookups.
inline constexpr std::size_t max_author_domains = 5;

// The domains that a message says it is from (RFC 7489 §6.6.1): one answer for DMARC, for the key that signs, and for
// who a report is proven to be from.
struct Author {
    enum class State {
        one,       // what DMARC is made for
        several,   // different domains
        none,      // no From, an empty group, no address with a domain name
        unusable,  // more than max_author_domains, or a member that cannot be read; nobody honest writes it
        repeated,  // more than one From field
    } state = State::none;
    std::vector<std::string> domains;  // lower case A-labels, each once, in order; empty but with one and several
};

// RFC 5322 §3.6 wants one From field; a message with two is read by each program in its own way, and so is
// a field with a member that cannot be read: none of it counts then. Members of groups (RFC 6854) count as
// other addresses do.
[[nodiscard]] Author find_author_domain(const HeaderBlock& head);

}  // namespace sealpost::mail

#pragma once

#include "wire/mail/header_block.hpp"

#include <string>
#include <vector>

namespace sealpost::dmarc {

// Further domains in From make the field unusable: each one costs lookups.
inline constexpr std::size_t max_author_domains = 5;

// Whom a message says it is from (RFC 7489 §6.6.1), as far as DMARC cares.
struct Author {
    enum class State {
        one,       // what DMARC is made for
        several,   // different domains: judge() takes them all
        none,      // no From, an empty group, no address with a domain name: DMARC cannot be applied
        unusable,  // more than max_author_domains, or a member that cannot be read; nobody honest writes it
        repeated,  // more than one From field
    } state = State::none;
    std::vector<std::string> domains;  // lower case A-labels, each once, in order; empty but with one and several
};

// RFC 5322 §3.6 wants one From field; a message with two is read by each program in its own way, and so is
// a field with a member that cannot be read: none of it counts then. Members of groups (RFC 6854) count as
// other addresses do.
[[nodiscard]] Author find_author_domain(const mail::HeaderBlock& head);

}  // namespace sealpost::dmarc

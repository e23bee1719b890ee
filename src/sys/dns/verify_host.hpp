#pragma once

#include "sys/dns/resolver.hpp"

#include <string>
#include <vector>

namespace sealpost::dns {

// The host names of an address that the forward lookup confirms. Only `verified` carries names that
// may decide anything; the name beside another state is for logs.
struct VerifiedHost {
    enum class State {
        verified,
        none,       // no PTR record
        mismatch,   // PTR, but no name of it leads back
        temporary,  // DNS did not answer, no name leads back so far, and the answer could have verified one
    };
    State state = State::none;
    std::string name;
    std::vector<std::string> other_names = {};  // verified, too
    // Whether these lead back is not known for the moment. `temporary` without any: not even the names are known.
    std::vector<std::string> open_names = {};
    std::string problem = {};
};
[[nodiscard]] std::string_view format_state(VerifiedHost::State state);

// Looks at no more than this many PTR names, as RFC 7208 §5.5 does.
inline constexpr std::size_t max_ptr_names = 10;

// Asks about all these names at once: each could be the one that a table has.
Task<VerifiedHost> verify_host(Resolver& resolver, IpAddress address, Deadline deadline);

}  // namespace sealpost::dns

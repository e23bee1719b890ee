#pragma once

#include "sys/dns/resolver.hpp"

namespace sealpost::dns {

// The host name of an address that the forward lookup confirms. Only `verified` carries a name that
// may decide anything; the name beside `mismatch` is for logs.
struct VerifiedHost {
    enum class State {
        verified,
        none,       // no PTR record
        mismatch,   // PTR, but no name of it leads back
        temporary,  // DNS did not answer, and the answer could have verified a name
    };
    State state = State::none;
    std::string name;
    std::string problem;
};
[[nodiscard]] std::string_view format_state(VerifiedHost::State state);

// Looks at no more than this many PTR names, as RFC 7208 §5.5 does.
inline constexpr std::size_t max_ptr_names = 10;

Task<VerifiedHost> verify_host(Resolver& resolver, IpAddress address, Deadline deadline);

}  // namespace sealpost::dns

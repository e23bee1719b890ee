#include "sys/dns/verify_host.hpp"

#include <algorithm>

namespace sealpost::dns {
namespace {

struct Forward {
    bool leads_back = false;
    bool open = false;  // a temporary failure: it might have
    std::string problem;
};

Task<Forward> look_forward(Resolver& resolver, std::string name, IpAddress address, Deadline deadline)
{
    const Type family = address.is_v4() ? Type::a : Type::aaaa;
    Answer answer = co_await resolver.query(std::move(name), family, deadline);
    Forward forward;
    forward.open = answer.status == Status::temporary;
    forward.problem = answer.problem;
    for (const std::string& record : answer.records) forward.leads_back = forward.leads_back || parse_ip(record) == address;
    co_return forward;
}

}  // namespace

std::string_view format_state(VerifiedHost::State state)
{
    switch (state) {
        case VerifiedHost::State::verified: return "verified";
        case VerifiedHost::State::none: return "none";
        case VerifiedHost::State::mismatch: return "mismatch";
        case VerifiedHost::State::temporary: return "temporary";
    }
    return "";
}

Task<VerifiedHost> verify_host(Resolver& resolver, IpAddress address, Deadline deadline)
{
    using State = VerifiedHost::State;
    NameAnswer reverse = co_await find_ptr(resolver, address, deadline);
    if (reverse.status == Status::temporary) co_return VerifiedHost{State::temporary, {}, reverse.problem};
    if (reverse.names.empty()) co_return VerifiedHost{State::none, {}, {}};
    VerifiedHost host{State::mismatch, reverse.names.front(), {}};
    const std::size_t count = std::min(reverse.names.size(), max_ptr_names);
    for (std::size_t i = 0; i < count; ++i) {
        Forward forward = co_await look_forward(resolver, reverse.names[i], address, deadline);
        if (forward.leads_back) co_return VerifiedHost{State::verified, reverse.names[i], {}};
        if (!forward.open) continue;
        host.state = State::temporary;
        host.problem = forward.problem;
    }
    co_return host;
}

}  // namespace sealpost::dns

#include "sys/dns/verify_host.hpp"

#include "sys/async/task_group.hpp"

#include <algorithm>

namespace sealpost::dns {
namespace {

struct Forward {
    bool leads_back = false;
    bool open = false;  // a temporary failure: it might have
    std::string problem;
};

Task<void> look_forward(Resolver& resolver, std::string name, IpAddress address, Deadline deadline, Forward& forward)
{
    const Type family = address.is_v4() ? Type::a : Type::aaaa;
    Answer answer = co_await resolver.query(std::move(name), family, deadline);
    forward.open = answer.status == Status::temporary;
    forward.problem = answer.problem;
    for (const std::string& record : answer.records) forward.leads_back = forward.leads_back || parse_ip(record) == address;
}

VerifiedHost sum_up(const std::vector<std::string>& names, const std::vector<Forward>& forwards)
{
    using State = VerifiedHost::State;
    VerifiedHost host{.state = State::mismatch, .name = names.front()};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (forwards[i].leads_back && host.state == State::verified) {
            host.other_names.push_back(names[i]);
        } else if (forwards[i].leads_back) {
            host.state = State::verified;
            host.name = names[i];
        } else if (forwards[i].open) {
            host.open_names.push_back(names[i]);
            host.problem = forwards[i].problem;
        }
    }
    if (host.state == State::mismatch && !host.open_names.empty()) host.state = State::temporary;
    return host;
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
    if (reverse.status == Status::temporary) co_return VerifiedHost{.state = State::temporary, .problem = reverse.problem};
    if (reverse.names.empty()) co_return VerifiedHost{};
    reverse.names.resize(std::min(reverse.names.size(), max_ptr_names));
    std::vector<Forward> forwards(reverse.names.size());
    if (reverse.names.size() == 1) {  // as most hosts have: no group is needed
        co_await look_forward(resolver, reverse.names.front(), address, deadline, forwards.front());
        co_return sum_up(reverse.names, forwards);
    }
    const Executor executor = co_await async::this_executor();
    async::TaskGroup questions(executor);
    for (std::size_t i = 0; i < forwards.size(); ++i)
        questions.spawn(look_forward(resolver, reverse.names[i], address, deadline, forwards[i]));
    co_await questions.join();
    co_return sum_up(reverse.names, forwards);
}

}  // namespace sealpost::dns

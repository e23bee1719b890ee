// room: core/policy
// A sender of the host access table: what is taken has a normal form that means the same, and the
// compiled table agrees with plain comparison about its edges.
#include "core/policy/host_table.hpp"

#include <cstdlib>
#include <string>
#include <vector>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto split = policy::split_annotation({reinterpret_cast<const char*>(data), size});
    if (!split) return 0;
    const auto pattern = policy::parse_sender(split->text);
    if (!pattern) return 0;
    const auto normal = policy::format_sender(*pattern);
    const auto again = policy::parse_sender(normal);
    if (!again || policy::format_sender(*again) != normal) std::abort();
    policy::HostTable::Builder builder;
    builder.add(*pattern);
    const auto table = builder.build();
    const auto host = pattern->kind == policy::SenderPattern::Kind::suffix ? "x" + pattern->name : pattern->name;
    const std::vector<std::string> zones = {pattern->name};
    const policy::HostFacts none;
    policy::HostFacts named{zones, pattern->name, policy::lowest_score};
    if (pattern->scores) named.reputation = pattern->scores->high;
    for (const auto& facts : {none, named})
        if ((table.find({}, "", facts) != policy::HostTable::none) != policy::matches(*pattern, {}, "", facts)) std::abort();
    // Every pattern covers itself, and nothing but a whole table covers everybody.
    if (table.find_cover(*pattern) != 0) std::abort();
    if (pattern->is_condition() && table.find_cover(policy::SenderPattern{}) != policy::HostTable::none) std::abort();
    for (const auto& ip : {pattern->low, pattern->high, IpAddress::v4({192, 0, 2, 1})})
        if ((table.find(ip, host, none) != policy::HostTable::none) != policy::matches(*pattern, ip, host)) std::abort();
    return 0;
}

// room: wire/route
// A policy that is read is one that its own lines say, and record and patterns never trip.
#include "wire/route/mta_sts.hpp"

#include "base/text.hpp"

#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    [[maybe_unused]] const auto id = route::parse_sts_record(text);
    const auto policy = route::parse_sts_policy(text);
    if (policy.has_error()) return 0;
    [[maybe_unused]] const bool listed = route::lists_mx(*policy, text.substr(0, 253));
    const auto again = route::parse_sts_policy(join(route::format_sts_policy(*policy), "\n"));
    if (again.has_error() || *again != *policy) std::abort();
    return 0;
}

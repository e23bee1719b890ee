// room: core/revisions
// The reference's exported host access table: whatever the text, reading ends in a table or in problems;
// a table that is taken makes a text that is a policy document, or is refused with its reason.
#include "core/policy/document.hpp"
#include "core/revisions/hat_text.hpp"

#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto parsed = revisions::parse_hat_text({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (parsed.hat.has_value() == !parsed.problems.empty()) std::abort();
    if (!parsed.hat) return 0;
    const auto document = revisions::replace_hat("", *parsed.hat, "public");
    if (document.has_error()) std::abort();
    const auto read = policy::parse_document(*document, "made");
    for (const auto& problem : read.problems)
        if (problem.key.empty()) std::abort();  // not even TOML
    return 0;
}

// room: core/policy
// The policy document: whatever the text, parsing and compiling end in a document or in problems; a
// document that is taken gives verdicts, and its text is taken again.
#include "core/policy/snapshot.hpp"

#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto parsed = policy::parse_document({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (parsed.document.has_value() == !parsed.problems.empty()) std::abort();
    if (!parsed.document) return 0;
    const auto compiled = policy::Snapshot::compile(std::move(*parsed.document), {});
    if ((compiled.snapshot != nullptr) == !compiled.problems.empty()) std::abort();
    if (!compiled.snapshot) return 0;
    const auto verdict = compiled.snapshot->decide_connection(
        {"public", IpAddress::v4({192, 0, 2, 1}), policy::HostState::verified, "mx.acme.test"});
    if (verdict.origins->empty() || policy::to_json(verdict).empty()) std::abort();
    static_cast<void>(compiled.snapshot->decide_encryption({"public", true, "a@acme.test", "[secure] x", {}}, "b@partner.test"));
    if (!policy::parse_document(compiled.snapshot->document().text, "again").document) std::abort();
    return 0;
}

// room: wire/authres
// Authentication-Results: what is read can be written, and reads the same; whatever is written is one
// whole field; and a field that reads as ours is always taken out.
#include "wire/authres/received_spf.hpp"
#include "wire/authres/results.hpp"

#include <cstdlib>

using namespace sealpost;

namespace {

mail::HeaderBlock parse_one_field(const std::string& field)
{
    auto head = mail::HeaderBlock::parse(field);
    if (!head || head->fields().size() != 1 || head->text() != field) std::abort();
    return *head;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    parse_one_field(authres::format_field({text, {{text, text, text, {{text, text, text}}}}}));
    parse_one_field(authres::format_received_spf({text, text, text, text, text, text, text, text, text}));
    const auto read = authres::parse_value(text);
    if (!read) return 0;
    const auto written = authres::format_value(*read);
    const auto again = authres::parse_value(written);
    if (!again || authres::format_value(*again) != written) std::abort();
    auto head = mail::HeaderBlock::parse("Authentication-Results: " + text);
    if (head && head->fields().size() == 1 && authres::remove_forged(*head, {read->authserv_id}) != 1) std::abort();
    return 0;
}

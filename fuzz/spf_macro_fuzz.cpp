// room: wire/spf
// A macro string, first line, with a sender, second line. What is found good expands within its bound, and
// cut on its left it is short enough for a name.
#include "wire/spf/macro.hpp"
#include "wire/spf/name.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string_view text = input.substr(0, line);
    const std::string_view sender = input.substr(std::min(line + 1, input.size()));
    const spf::MacroValues values{.sender = sender,
                                  .local_part = sender.substr(0, sender.find('@')),
                                  .sender_domain = "example.com",
                                  .domain = "example.com",
                                  .ip = size % 2 == 0 ? *parse_ip("192.0.2.1") : *parse_ip("2001:db8::1"),
                                  .validated_name = "unknown",
                                  .helo = sender,
                                  .receiver = "mx.example.org",
                                  .at = {}};
    for (const auto use : {spf::MacroUse::name, spf::MacroUse::explanation, spf::MacroUse::unknown_modifier}) {
        spf::MacroTraits traits;
        const auto fault = spf::check_macros(text, use, traits);
        if (fault && fault->at > text.size()) std::abort();
        if (fault) continue;
        std::string out;
        constexpr std::size_t most = 4096;
        const bool whole = spf::expand_macros(text, values, most, out);
        if (whole && out.size() > most) std::abort();
        if (!traits.has_macros && whole && out != text) std::abort();
        spf::truncate_left(out);
        if (out.size() > 254) std::abort();
    }
    return 0;
}

// room: serve/hostfacts
// A file of prefixes and values: whatever the text, it is taken whole or refused with a line; what a
// table answers is a value in its one spelling.
#include "serve/hostfacts/prefix_table.hpp"

#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto subject : {hostfacts::Subject::country, hostfacts::Subject::reputation}) {
        const auto table = hostfacts::PrefixTable::parse(text, subject);
        if (!table) {
            if (table.error().fault != Fault::config || !table.error().text.starts_with("line ")) std::abort();
            continue;
        }
        for (const char* address : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1", "ffff::"}) {
            const auto value = table->find(*parse_ip(address));
            if (!value.empty() && hostfacts::normalise_value(subject, value) != value) std::abort();
            if (!value.empty() && table->size() == 0) std::abort();
        }
    }
    return 0;
}

// room: wire/tlsrpt
// What stands in strangers' DNS.
#include "base/bytes.hpp"
#include "wire/tlsrpt/record.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = sealpost::as_text({data, size});
    const auto record = sealpost::tlsrpt::parse_record(text);
    if (record.has_value() && (!sealpost::tlsrpt::is_record(text) || record->addresses.size() > sealpost::tlsrpt::max_addresses))
        std::abort();
    return 0;
}

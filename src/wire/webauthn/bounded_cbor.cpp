#include "wire/webauthn/bounded_cbor.hpp"

#include <cstdint>
#include <optional>

namespace sealpost::webauthn {
namespace {

struct Head {
    unsigned major = 0;
    std::uint64_t argument = 0;
};

// Takes one from the front. Absent: cut off, of indefinite length, or reserved.
std::optional<Head> take_head(ByteView& octets)
{
    const unsigned first = octets[0];
    const unsigned low = first & 31U;
    const std::size_t more = low < 24 ? 0 : std::size_t{1} << (low - 24);
    if (low > 27 || octets.size() < 1 + more) return std::nullopt;
    Head head{first >> 5U, more == 0 ? low : 0U};
    for (const auto octet : octets.subspan(1, more)) head.argument = head.argument << 8U | octet;
    octets = octets.subspan(1 + more);
    return head;
}

}  // namespace

bool is_bounded_cbor(ByteView octets)
{
    enum Major : unsigned { byte_string = 2, text_string = 3, array = 4, map = 5 };
    while (!octets.empty()) {
        const auto head = take_head(octets);
        if (!head) return false;
        const bool is_string = head->major == byte_string || head->major == text_string;
        if ((is_string || head->major == array) && head->argument > octets.size()) return false;
        if (head->major == map && head->argument > octets.size() / 2) return false;
        if (is_string) octets = octets.subspan(static_cast<std::size_t>(head->argument));
    }
    return true;
}

}  // namespace sealpost::webauthn

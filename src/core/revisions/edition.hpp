#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::revisions {

// What an editor saw: the current version, and the staged revision on top of it. Revisions only grow, so
// that one which was discarded never comes again.
struct Edition {
    std::int64_t version = 0;
    std::int64_t revision = 0;  // 0: nothing is staged

    friend bool operator==(const Edition&, const Edition&) = default;
};

[[nodiscard]] std::string format_edition(const Edition& edition);           // "7.0"
[[nodiscard]] std::optional<Edition> parse_edition(std::string_view text);  // no sign, no leading zero

}  // namespace sealpost::revisions

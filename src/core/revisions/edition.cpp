#include "core/revisions/edition.hpp"

#include "base/text.hpp"

#include <limits>

namespace sealpost::revisions {

std::string format_edition(const Edition& edition)
{
    return std::to_string(edition.version) + '.' + std::to_string(edition.revision);
}

std::optional<Edition> parse_edition(std::string_view text)
{
    constexpr auto most = static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max());
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto version = parse_decimal(text.substr(0, dot));
    const auto revision = parse_decimal(text.substr(dot + 1));
    if (!version || !revision || *version > most || *revision > most) return std::nullopt;
    const Edition edition{static_cast<std::int64_t>(*version), static_cast<std::int64_t>(*revision)};
    return format_edition(edition) == text ? std::optional(edition) : std::nullopt;
}

}  // namespace sealpost::revisions

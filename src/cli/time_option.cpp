#include "cli/time_option.hpp"

namespace sealpost::cli {

Result<std::optional<WallTime>> read_time(const std::string& option, const std::string& text)
{
    if (text.empty()) return std::optional<WallTime>();
    const auto time = parse_rfc3339(text.find('T') == std::string::npos ? text + "T00:00:00Z" : text);
    if (!time) return Error{Fault::config, option + " wants a day or a time such as 2026-11-22 or 2026-11-22T08:00:00Z"};
    return std::optional(*time);
}

}  // namespace sealpost::cli

#include "cli/time_option.hpp"

#include "cli/option_checks.hpp"
#include "core/config/schema.hpp"

namespace sealpost::cli {

Result<std::optional<WallTime>> read_time(const std::string& option, const std::string& text)
{
    if (text.empty()) return std::optional<WallTime>();
    const auto time = parse_rfc3339(text.find('T') == std::string::npos ? text + "T00:00:00Z" : text);
    if (!time) return Error{Fault::config, option + " wants a day or a time such as 2026-11-22 or 2026-11-22T08:00:00Z"};
    return std::optional(*time);
}

Result<std::optional<WallTime>> read_past_time(const std::string& option, const std::string& text, WallTime now)
{
    if (refuse_no_duration(text).empty())
        return std::optional<WallTime>(now - std::chrono::seconds(config::parse_duration(text).value()));
    auto time = read_time(option, text);
    if (time.has_error()) return Error{time.error().fault, time.error().text + ", or how long ago, such as 24h"};
    return time;
}

}  // namespace sealpost::cli

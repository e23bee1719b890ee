#include "base/clock.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace sealpost {
namespace {

constexpr std::array<const char*, 7> day_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm split(WallTime time)
{
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return parts;
}

}  // namespace

WallTime SystemClock::now() const
{
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(WallTime time)
{
    const std::tm parts = split(time);
    const auto millis = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
    std::array<char, 64> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(millis));
    return {text.data(), static_cast<std::size_t>(length)};
}

Result<WallTime> parse_rfc3339(std::string_view text)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, consumed = 0;
    const std::string copy(text);
    const Error bad{Fault::peer_broke_it, "not a UTC time such as 2026-11-22T08:15:30Z"};
    const int fields =
        std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &consumed);
    if (fields != 6) return bad;
    std::string_view rest = text.substr(static_cast<std::size_t>(consumed));
    int millis = 0;
    if (rest.size() >= 2 && rest[0] == '.') {
        int scale = 100;
        rest.remove_prefix(1);
        while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
            millis += (rest[0] - '0') * scale;
            scale /= 10;
            rest.remove_prefix(1);
        }
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (rest != "Z" || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad;
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + std::chrono::milliseconds(millis);
}

std::string format_rfc5322_date(WallTime time)
{
    const std::tm parts = split(time);
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%s, %d %s %04d %02d:%02d:%02d +0000",
                                     day_names[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                     month_names[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                                     parts.tm_min, parts.tm_sec);
    return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace sealpost

#include "base/clock.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>

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

// By hand: each line of the log has one of these times.
void append_number(std::string& text, int number, std::size_t least_digits, char behind)
{
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    const auto count = static_cast<std::size_t>(end - digits.data());
    text.append(least_digits - std::min(least_digits, count), '0').append(digits.data(), count) += behind;
}

// RFC 3339 §5.6, time-offset: how far ahead of UTC.
std::optional<std::chrono::minutes> parse_offset(std::string_view text)
{
    if (text == "Z") return std::chrono::minutes(0);
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const auto hours = parse_decimal(text.substr(1, 2)), minutes = parse_decimal(text.substr(4, 2));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::chrono::minutes offset(*hours * 60 + *minutes);
    return text[0] == '-' ? -offset : offset;
}

}  // namespace

WallTime SystemClock::now() const
{
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(WallTime time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss hours(time - day);
    std::string text;
    text.reserve(std::string_view("2026-11-22T08:15:30.000Z").size());
    append_number(text, static_cast<int>(date.year()), 4, '-');
    append_number(text, static_cast<int>(static_cast<unsigned>(date.month())), 2, '-');
    append_number(text, static_cast<int>(static_cast<unsigned>(date.day())), 2, 'T');
    append_number(text, static_cast<int>(hours.hours().count()), 2, ':');
    append_number(text, static_cast<int>(hours.minutes().count()), 2, ':');
    append_number(text, static_cast<int>(hours.seconds().count()), 2, '.');
    append_number(text, static_cast<int>(hours.subseconds().count()), 3, 'Z');
    return text;
}

// RFC 3339 §5.6: every field has its digits, and all of them.
Result<WallTime> parse_rfc3339(std::string_view text)
{
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    const Error bad{Fault::peer_broke_it, "not a time such as 2026-11-22T08:15:30Z or 2026-11-22T09:15:30+01:00"};
    if (text.size() <= shape.size()) return bad;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == '0' ? !is_ascii_digit(text[i]) : text[i] != shape[i]) return bad;
    const auto field = [&](std::size_t at, std::size_t digits) {
        return static_cast<unsigned>(parse_decimal(text.substr(at, digits)).value());
    };
    std::string_view rest = text.substr(shape.size());
    int millis = 0;
    if (rest.size() >= 3 && rest[0] == '.') {
        int scale = 100;
        rest.remove_prefix(1);
        for (; is_ascii_digit(rest.front()) && rest.size() > 1; scale /= 10, rest.remove_prefix(1))
            millis += (rest.front() - '0') * scale;
    }
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(field(0, 4))), std::chrono::month(field(5, 2)),
                                           std::chrono::day(field(8, 2))};
    const unsigned hour = field(11, 2), minute = field(14, 2), second = field(17, 2);
    const auto offset = parse_offset(rest);
    if (!offset || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad;
    const WallTime time = WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                          std::chrono::seconds(second) + std::chrono::milliseconds(millis) - *offset;
    // A leap second or an offset may lead out of the years that can be written.
    const std::chrono::year year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year();
    if (year < std::chrono::year(0) || year > std::chrono::year(9999)) return bad;
    return time;
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

#include "wire/mail/date.hpp"

#include "base/text.hpp"

#include <array>
#include <vector>

namespace sealpost::mail {
namespace {

using std::chrono::minutes;

constexpr std::array<std::string_view, 7> day_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// From 0.
template <std::size_t Count>
std::optional<unsigned> find_name(const std::array<std::string_view, Count>& names, std::string_view name)
{
    for (unsigned i = 0; i < Count; ++i)
        if (iequals(names[i], name)) return i;
    return std::nullopt;
}

std::optional<unsigned> parse_number(std::string_view text, std::size_t least_digits, std::size_t most_digits, unsigned most)
{
    if (text.size() < least_digits || text.size() > most_digits) return std::nullopt;
    const auto number = parse_decimal(text);
    return number && *number <= most ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

// How far ahead of UTC.
std::optional<minutes> parse_zone(std::string_view text)
{
    if (iequals(text, "GMT") || iequals(text, "UT") || iequals(text, "Z")) return minutes(0);
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto hours = parse_number(text.substr(1, 2), 2, 2, 23), rest = parse_number(text.substr(3), 2, 2, 59);
    if (!hours || !rest) return std::nullopt;
    const minutes offset(*hours * 60 + *rest);
    return text[0] == '-' ? -offset : offset;
}

std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text)
{
    const auto fields = split(text, ':');
    if (fields.size() != 2 && fields.size() != 3) return std::nullopt;
    const auto hour = parse_number(fields[0], 2, 2, 23), minute = parse_number(fields[1], 2, 2, 59);
    const auto second = fields.size() == 3 ? parse_number(fields[2], 2, 2, 60) : 0U;
    if (!hour || !minute || !second) return std::nullopt;
    return std::chrono::hours(*hour) + minutes(*minute) + std::chrono::seconds(*second);
}

std::vector<std::string_view> split_words(std::string_view text)
{
    std::vector<std::string_view> words;
    for (const std::string_view word : split(text, ' '))
        if (!word.empty()) words.push_back(word);
    return words;
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view text)
{
    std::optional<unsigned> weekday;
    if (const auto comma = text.find(','); comma != std::string_view::npos) {
        weekday = find_name(day_names, trim(text.substr(0, comma)));
        if (!weekday) return std::nullopt;
        text.remove_prefix(comma + 1);
    }
    const auto words = split_words(text);
    if (words.size() != 5) return std::nullopt;
    const auto day = parse_number(words[0], 1, 2, 31), month = find_name(month_names, words[1]),
               year = parse_number(words[2], 4, 4, 9998);
    const auto time = parse_time_of_day(words[3]);
    const auto zone = parse_zone(words[4]);
    if (!day || !month || !year || !time || !zone) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month + 1),
                                           std::chrono::day(*day)};
    if (!date.ok() || *year < 1900) return std::nullopt;
    const std::chrono::sys_days midnight(date);
    if (weekday && std::chrono::weekday(midnight).c_encoding() != *weekday) return std::nullopt;
    return WallTime(midnight) + *time - *zone;
}

}  // namespace sealpost::mail

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sealpost::policy {

// A reputation score counts in hundredths: -10.0 is -1000.
inline constexpr int lowest_score = -1000;
inline constexpr int highest_score = 1000;

// "-10", "3.5", "0.25": at most two digits behind the point, from -10 to 10.
[[nodiscard]] std::optional<int> parse_score(std::string_view text);
[[nodiscard]] std::string format_score(int score);  // at least one digit behind the point: "-10.0"
// The nearest score, within the bounds.
[[nodiscard]] int round_score(double score);

// Two letters, in upper case; whether some country has them is another question.
[[nodiscard]] std::optional<std::string> parse_country(std::string_view text);
// ISO 3166-1 alpha-2, with what it leaves to its users (AA, QM to QZ, XA to XZ, ZZ).
[[nodiscard]] bool is_country(std::string_view code);

// What others say about a connecting host. What nobody said counts as not listed, not known and none.
struct HostFacts {
    std::span<const std::string> dns_lists = {};  // zones that list its address, lower case
    std::string_view country = {};                // upper case; empty: not known
    std::optional<int> reputation = {};           // a score; absent: none
};

}  // namespace sealpost::policy

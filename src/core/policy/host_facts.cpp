#include "core/policy/host_facts.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>

namespace sealpost::policy {
namespace {

// ISO 3166-1 alpha-2, in order.
constexpr std::string_view countries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF "
    "CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH "
    "GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW "
    "KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG "
    "NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN "
    "SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT "
    "ZA ZM ZW";

bool is_upper_letter(char c) { return c >= 'A' && c <= 'Z'; }

// ISO 3166-1 §8.1.3: codes that it will never give to a country.
bool is_user_assigned(std::string_view code)
{
    return code == "AA" || code == "ZZ" || code[0] == 'X' || (code[0] == 'Q' && code[1] >= 'M');
}

}  // namespace

std::optional<int> parse_score(std::string_view text)
{
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = parse_decimal(text.substr(0, point));
    if (!whole || *whole > 10) return std::nullopt;
    unsigned long long hundredths = *whole * 100;
    if (point != std::string_view::npos) {
        const auto digits = text.substr(point + 1);
        const auto part = parse_decimal(digits);
        if (!part || digits.size() > 2) return std::nullopt;
        hundredths += digits.size() == 1 ? *part * 10 : *part;
    }
    if (hundredths > static_cast<unsigned long long>(highest_score)) return std::nullopt;
    return is_negative ? -static_cast<int>(hundredths) : static_cast<int>(hundredths);
}

std::string format_score(int score)
{
    const int size = std::abs(score);
    std::string text = (score < 0 ? "-" : "") + std::to_string(size / 100) + '.' + std::to_string(size / 10 % 10);
    if (size % 10 != 0) text += static_cast<char>('0' + size % 10);
    return text;
}

int round_score(double score)
{
    const double hundredths = std::clamp(score, -10.0, 10.0) * 100;
    return static_cast<int>(std::lround(hundredths));
}

std::optional<std::string> parse_country(std::string_view text)
{
    std::string code = ascii_upper(text);
    if (code.size() != 2 || !is_upper_letter(code[0]) || !is_upper_letter(code[1])) return std::nullopt;
    return code;
}

bool is_country(std::string_view code)
{
    if (code.size() != 2) return false;
    for (std::size_t at = 0; at < countries.size(); at += 3)
        if (countries.substr(at, 2) == code) return true;
    return is_user_assigned(code);
}

}  // namespace sealpost::policy

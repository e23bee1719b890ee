#include "cli/option_checks.hpp"

#include "base/text.hpp"
#include "cli/own_config.hpp"
#include "core/config/schema.hpp"

namespace sealpost::cli {

std::string refuse_nothing(const std::string& text) { return text.empty() ? "nothing is named" : ""; }

std::string refuse_no_domain(const std::string& text)
{
    const auto is_good = check_domain(text);
    return is_good.has_error() ? is_good.error().text : "";
}

std::string refuse_no_mail_domain(const std::string& text)
{
    const bool is_literal = text.size() > 2 && text.front() == '[' && text.back() == ']';
    return is_literal ? "" : refuse_no_domain(text);
}

std::string refuse_no_address(const std::string& text)
{
    const auto at = text.rfind('@');
    const bool is_good = at != std::string::npos && at > 0 && refuse_no_mail_domain(text.substr(at + 1)).empty();
    return is_good ? "" : config::quote_json(text) + " is not a mail address";
}

std::string refuse_no_sender(const std::string& text)
{
    if (text == "<>") return "";
    const bool has_brackets = text.starts_with('<') && text.ends_with('>');
    const auto named = has_brackets ? text.substr(1, text.size() - 2) : text;
    if (named.starts_with('@')) return refuse_no_mail_domain(named.substr(1));
    const bool is_good = refuse_no_address(named).empty();
    return is_good ? "" : config::quote_json(text) + " is neither an address nor @DOMAIN nor <>";
}

std::string refuse_no_duration(const std::string& text)
{
    const bool has_unit = !text.empty() && !is_ascii_digit(text.back());  // of a number alone nobody says what it counts
    constexpr std::int64_t most = 100LL * 365 * 86'400;
    const auto seconds = has_unit ? config::parse_duration(text) : std::nullopt;
    const bool is_good = seconds && *seconds > 0 && *seconds <= most;
    return is_good ? "" : config::quote_json(text) + " is no time such as 90s, 15m, 2h or 3d";
}

}  // namespace sealpost::cli

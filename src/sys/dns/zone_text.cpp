#include "sys/dns/zone_text.hpp"

namespace sealpost::dns {

std::vector<std::string> split_strings(std::string_view record)
{
    std::vector<std::string> strings;
    while (record.size() > max_string_bytes) {
        const auto blank = record.substr(0, max_string_bytes).rfind(' ');
        const auto length = blank == std::string_view::npos ? max_string_bytes : blank + 1;
        strings.emplace_back(record.substr(0, length));
        record.remove_prefix(length);
    }
    strings.emplace_back(record);
    return strings;
}

std::string format_strings(std::string_view record)
{
    std::string text;
    for (const auto& string : split_strings(record)) {
        text += text.empty() ? "\"" : " \"";
        for (const char c : string) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    return text;
}

std::string format_zone_line(std::string_view name, std::string_view record)
{
    return std::string(name) + ". IN TXT " + format_strings(record);
}

}  // namespace sealpost::dns

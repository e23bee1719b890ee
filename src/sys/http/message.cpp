#include "sys/http/message.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::http {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> method_names{{{Method::get, "GET"},
                                                                           {Method::head, "HEAD"},
                                                                           {Method::post, "POST"},
                                                                           {Method::put, "PUT"},
                                                                           {Method::patch, "PATCH"},
                                                                           {Method::remove, "DELETE"},
                                                                           {Method::options, "OPTIONS"}}};

int hex_value(char c)
{
    if (is_ascii_digit(c)) return c - '0';
    const char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string_view format_method(Method method)
{
    for (const auto& [value, name] : method_names)
        if (value == method) return name;
    return "OTHER";
}

Method parse_method(std::string_view name)
{
    for (const auto& [value, known] : method_names)
        if (known == name) return value;
    return Method::other;
}

void Headers::add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

void Headers::set(std::string name, std::string value)
{
    remove(name);
    add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name)
{
    std::erase_if(fields_, [&](const auto& field) { return iequals(field.first, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    for (const auto& [known, value] : fields_)
        if (iequals(known, name)) return value;
    return std::nullopt;
}

const std::string& Request::parameter(std::string_view name) const
{
    static const std::string none;
    for (const auto& [known, value] : parameters)
        if (known == name) return value;
    return none;
}

std::vector<std::string> Request::find_query_all(std::string_view name) const
{
    std::vector<std::string> found;
    for (const auto pair : split(query, '&')) {
        const auto equals = pair.find('=');
        const auto key = decode_percent(pair.substr(0, equals), true);
        if (!key || *key != name) continue;
        auto value = decode_percent(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
        if (value) found.push_back(std::move(*value));
    }
    return found;
}

std::optional<std::string> Request::find_query(std::string_view name) const
{
    auto all = find_query_all(name);
    if (all.empty()) return std::nullopt;
    return std::move(all.front());
}

std::optional<std::string_view> Request::find_cookie(std::string_view name) const
{
    for (const auto& [field, value] : headers.all()) {
        if (!iequals(field, "Cookie")) continue;
        for (const auto part : split(value, ';')) {
            const auto pair = trim(part);
            const auto equals = pair.find('=');
            if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
        }
    }
    return std::nullopt;
}

bool Request::accepts_json() const
{
    const auto accept = headers.find("Accept");
    return accept && ascii_lower(*accept).find("application/json") != std::string::npos;
}

std::string_view format_reason(int status)
{
    switch (status) {
        case 100: return "Continue";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        default: return "Status";
    }
}

std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return decoded;
}

std::string encode_percent(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view marks = "-._~";
    std::string encoded;
    for (const char c : text) {
        const char lower = ascii_lower(c);
        if ((lower >= 'a' && lower <= 'z') || is_ascii_digit(c) || marks.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[octet >> 4U];
        encoded += digits[octet & 15U];
    }
    return encoded;
}

}  // namespace sealpost::http

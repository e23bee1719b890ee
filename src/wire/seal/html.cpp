#include "wire/seal/html.hpp"

#include "wire/mail/utf8.hpp"

namespace sealpost::seal {

constexpr std::string_view hyphen = "&#45;";

std::string escape_html(std::string_view utf8)
{
    std::string out;
    out.reserve(utf8.size() + utf8.size() / 8);
    while (!utf8.empty()) {
        const mail::CodePoint next = mail::first_code_point(utf8);
        const bool control =
            (next.value < 0x20 && next.value != '\t' && next.value != '\n') || (next.value >= 0x7F && next.value < 0xA0);
        switch (next.value) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            case '-': out += out.ends_with("----") ? hyphen : "-"; break;
            default:
                if (control || next.value == mail::invalid_code_point)
                    out += "\xEF\xBF\xBD";
                else
                    out += utf8.substr(0, next.bytes);
        }
        utf8.remove_prefix(next.bytes);
    }
    return out;
}

}  // namespace sealpost::seal

#include "wire/spf/name.hpp"

#include "base/text.hpp"

namespace sealpost::spf {
namespace {

constexpr std::size_t max_name_bytes = 253;
constexpr std::size_t max_label_bytes = 63;

// One pass over the labels; `change` may write to each octet.
template <class Octets, class Change>
bool walk_labels(Octets& name, Change change)
{
    if (name.empty() || name.size() > max_name_bytes) return false;
    std::size_t label = 0;
    for (auto& c : name) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);  // a space may stand: RFC 7208 §7.1 has "%_" for it
        if (octet < 0x20 || octet >= 0x7f || c == '\\' || ++label > max_label_bytes) return false;
        change(c);
    }
    return label > 0;
}

}  // namespace

bool is_name(std::string_view name)
{
    return walk_labels(name, [](char) {});
}

bool normalise_in_place(std::string& name)
{
    if (name.ends_with('.')) name.pop_back();
    return walk_labels(name, [](char& c) { c = ascii_lower(c); });
}

void truncate_left(std::string& name)
{
    const std::size_t length = name.size() - (name.ends_with('.') ? 1 : 0);
    if (length <= max_name_bytes) return;
    // The first dot after which what remains fits.
    const std::size_t dot = name.find('.', length - max_name_bytes - 1);
    name.erase(0, dot == std::string::npos || dot + 1 >= name.size() ? name.size() : dot + 1);
}

bool is_same_or_below(std::string_view name, std::string_view domain)
{
    if (!name.ends_with(domain)) return false;
    return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

std::string printable(std::string_view text, std::size_t most)
{
    std::string out;
    for (const char c : text) {
        if (out.size() >= most) return out + "...";
        const auto octet = static_cast<unsigned char>(c);  // a space may stand: RFC 7208 §7.1 has "%_" for it
        if (octet >= 0x20 && octet < 0x7f) {
            out += c;
            continue;
        }
        out += '\\';
        for (const unsigned place : {100U, 10U, 1U}) out += static_cast<char>('0' + octet / place % 10);
    }
    return out;
}

}  // namespace sealpost::spf

#include "wire/mail/direction_marks.hpp"

namespace sealpost::mail {
namespace {

bool is_mark(std::string_view three)
{
    if (three.starts_with("\xE2\x80")) return three[2] >= '\xAA' && three[2] <= '\xAE';
    return three.starts_with("\xE2\x81") && three[2] >= '\xA6' && three[2] <= '\xA9';
}

}  // namespace

std::string drop_direction_marks(std::string_view utf8)
{
    std::string kept;
    kept.reserve(utf8.size());
    while (!utf8.empty()) {
        const bool drop = utf8.size() >= 3 && is_mark(utf8.substr(0, 3));
        if (!drop) kept += utf8.front();
        utf8.remove_prefix(drop ? 3 : 1);
    }
    return kept;
}

}  // namespace sealpost::mail

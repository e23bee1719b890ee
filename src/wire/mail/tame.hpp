// Only for the .cpp files of this room: what stands between hostile address lists and GMime (3.2.13), which reads honest ones
// well. It descends one call for each group without end, takes quadratic time for names with commas and for encoded words
// that do not end, keeps the name of each charset that it does not know for ever, and leaks what it has read before a comment
// that does not end.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace sealpost::mail {

struct TameList {
    std::string text;
    bool has_odd_words = false;  // which other readers may read in other ways
};

// The same list in a form that GMime reads in bounded time and memory: encoded words are decoded, nothing looks like one
// any more, every comment ends, no NUL. Fault::peer_broke_it: it is too long, or has too many members.
[[nodiscard]] Result<TameList> tame_address_list(std::string_view value);

}  // namespace sealpost::mail

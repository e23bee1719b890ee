#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sealpost::cli {

struct Explanation {
    std::optional<std::string> text;   // of the key
    std::vector<std::string> similar;  // known ones, for want of it
};

// What `config explain` and `policy explain` say of a key or table.
void answer_explanation(Context& context, const std::string& key, const Explanation& explanation);

}  // namespace sealpost::cli

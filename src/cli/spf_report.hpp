#pragma once

#include "wire/spf/evaluator.hpp"

#include <string>

namespace sealpost::cli {

// The verdict in a sentence, then the path that led to it as a tree.
[[nodiscard]] std::string format_tree(const spf::Report& report);

}  // namespace sealpost::cli

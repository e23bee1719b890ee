#pragma once

#include <string_view>

namespace sealpost::cli {

inline constexpr std::string_view version = "0.1.0";

}  // namespace sealpost::cli

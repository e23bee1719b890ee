#pragma once

#include <CLI/CLI.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::cli {

// What may stand in place of the last of `words`, which follow the program's name and of which the last has just been begun:
// commands, options that were not given yet, values where an option has a choice of them. Sorted. None: a file, or something that
// only whoever types it knows. The shell asks by `sealpost complete WORD…` (packaging/sealpost.bash).
[[nodiscard]] std::vector<std::string> complete(const CLI::App& app, std::span<const std::string_view> words);

}  // namespace sealpost::cli

#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace sealpost::cli {

// What is wrong with the words that were typed: the one that is unknown, what is similar to it, and where help is.
// Call it after `app` refused to parse them.
[[nodiscard]] std::string explain_usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace sealpost::cli

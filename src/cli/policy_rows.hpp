#pragma once

#include "cli/context.hpp"

#include <string_view>

namespace sealpost::cli {

// The positional of `policy add` and `policy change` that holds keys of the row.
inline constexpr std::string_view row_settings = "KEY=VALUE";

// `policy add`, `change`, `remove` and `move`, under `policy`; `hat add` and `hat remove`, under `hat`. Their edits are those of
// the pages (core/revisions/edit), staged as `policy submit` stages.
void add_policy_row_commands(CLI::App& group, Context& context);
void add_group_sender_commands(CLI::App& group, Context& context);

}  // namespace sealpost::cli

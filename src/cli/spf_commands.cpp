#include "cli/spf_commands.hpp"

namespace sealpost::cli {

void add_spf_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("spf", "Who may send for a domain (RFC 7208)");
    group->require_subcommand(1);
    add_spf_check(*group, context);
}

}  // namespace sealpost::cli

#include "cli/spf_commands.hpp"

namespace sealpost::cli {

void add_spf_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("spf", "Who may send for a domain (RFC 7208)");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost spf check --ip 192.0.2.7 --helo mx.partner.test --mail-from bob@partner.test\n"
        "  sealpost spf advise acme.example --include keys.example\n  sealpost spf zone");
    add_spf_check(*group, context);
    add_spf_advise(*group, context);
    add_spf_zone(*group, context);
}

}  // namespace sealpost::cli

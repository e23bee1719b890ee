#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "cli/host_question.hpp"
#include "cli/policy_access.hpp"
#include "cli/policy_rows.hpp"

#include <boost/json/serialize.hpp>

namespace sealpost::cli {
namespace {

struct HatOptions {
    HostQuestion host;
    bool pending = false;
    bool all = false;
};

std::string format_verdict(const policy::ConnectionVerdict& verdict, bool with_defaults)
{
    std::string out = "sender group  " + verdict.sender_group +
                      (verdict.order == 0 ? " (last)" : " (order " + std::to_string(verdict.order) + ')') + "\nmatched       " +
                      verdict.matched + " (" + verdict.matched_by + ')' + "\npolicy        " + verdict.policy +
                      "\nbehavior      " + std::string(format_behavior(verdict.behavior)) + '\n';
    for (const auto& group : verdict.passed_groups) out += "continued     " + group + '\n';
    if (verdict.undecided)
        out += "undecided     the name is not known for the moment, and " + verdict.undecided_group +
               " could have matched first: answered with 421\n";
    std::size_t left_out = 0;
    for (const auto& parameter : *verdict.origins) {
        const bool is_shown = with_defaults || parameter.from != "default";
        if (is_shown)
            out += "  " + parameter.name + " = " + parameter.value + "  (" + parameter.from + ")\n";
        else
            ++left_out;
    }
    if (left_out != 0) out += "  and " + std::to_string(left_out) + " parameters at their defaults (--all)\n";
    return out;
}

Result<> check(Context& context, const HatOptions& options)
{
    SEALPOST_TRY(const auto decider, find_decider(context.config_path, options.pending));
    SEALPOST_TRY(const auto facts, read_host(options.host, decider.config));
    const auto verdict = decider.snapshot->decide_connection(facts);
    context.answer(policy::to_json(verdict), format_verdict(verdict, options.all));
    return {};
}

}  // namespace

void add_hat_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("hat", "The host access table");
    group->require_subcommand(1);
    group->footer("Example:\n  sealpost hat check --listener public --ip 192.0.2.7");
    const auto options = std::make_shared<HatOptions>();
    auto* command = group->add_subcommand("check", "Which sender group and policy a connecting host meets");
    add_host_options(*command, options->host, Unsaid::taken_as_none);
    command->add_flag("--pending", options->pending, "ask the staged policy");
    command->add_flag("--all", options->all, "name the parameters that stand at their defaults, too");
    command->footer(
        "Needs no running server.\nExamples:\n  sealpost hat check --listener public --ip 68.232.140.79 --host "
        "esa1.cres.iphmx.com\n"
        "  sealpost hat check --listener public --ip 68.232.140.79 --host-failure temporary --pending\n"
        "  sealpost hat check --listener public --ip 192.0.2.7 --listed bl.example.org --country FR --reputation -3.5");
    command->callback(answering(context, check, options));
    add_group_sender_commands(*group, context);
}

}  // namespace sealpost::cli

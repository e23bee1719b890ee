#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/policy_access.hpp"
#include "core/config/schema.hpp"
#include "core/policy/host_facts.hpp"

#include <boost/json/serialize.hpp>

namespace sealpost::cli {
namespace {

struct HatOptions {
    std::string listener, ip, host, host_failure, country, reputation;
    std::vector<std::string> listed;
    bool pending = false;
};

// What others say about the host.
Result<> read_reports(const HatOptions& options, policy::ConnectionFacts& facts)
{
    for (const auto& zone : options.listed) {
        if (!config::is_domain(zone)) return Error{Fault::config, "--listed " + config::quote_json(zone) + " is not a zone"};
        facts.dns_lists.push_back(ascii_lower(zone));
    }
    if (!options.country.empty()) {
        const auto code = policy::parse_country(options.country);
        if (!code) return Error{Fault::config, "--country " + config::quote_json(options.country) + " is not two letters"};
        facts.country = *code;
    }
    if (!options.reputation.empty() && options.reputation != "none") {
        const auto score = policy::parse_score(options.reputation);
        if (!score)
            return Error{Fault::config,
                         "--reputation " + config::quote_json(options.reputation) + " is not a score from -10 to 10"};
        facts.reputation = *score / 100.0;
    }
    return {};
}

Result<policy::ConnectionFacts> read_facts(const HatOptions& options, const config::NodeConfig& config)
{
    policy::ConnectionFacts facts;
    facts.listener = options.listener;
    if (config.find_listener(options.listener) == nullptr) {
        std::vector<std::string> names;
        for (const auto& listener : config.listeners) names.push_back(listener.name);
        const auto similar = config::find_similar(options.listener, names);
        return Error{Fault::config,
                     "there is no listener " + config::quote_json(options.listener) +
                         (similar.empty() ? "; there are: " + join(names, ", ") : "; did you mean " + similar + '?')};
    }
    const auto ip = parse_ip(options.ip);
    if (!ip) return Error{Fault::config, "--ip " + config::quote_json(options.ip) + " is not an IP address"};
    facts.ip = *ip;
    facts.host = options.host;
    facts.host_state = options.host.empty() ? policy::HostState::none : policy::HostState::verified;
    if (options.host_failure == "temporary") facts.host_state = policy::HostState::temporary;
    if (options.host_failure == "mismatch") facts.host_state = policy::HostState::mismatch;
    if (options.host_failure == "none") facts.host_state = policy::HostState::none;
    SEALPOST_CHECK(read_reports(options, facts));
    return facts;
}

std::string format_verdict(const policy::ConnectionVerdict& verdict)
{
    std::string out = "sender group  " + verdict.sender_group +
                      (verdict.order == 0 ? " (last)" : " (order " + std::to_string(verdict.order) + ')') + "\nmatched       " +
                      verdict.matched + " (" + verdict.matched_by + ')' + "\npolicy        " + verdict.policy +
                      "\nbehavior      " + std::string(format_behavior(verdict.behavior)) + '\n';
    for (const auto& group : verdict.passed_groups) out += "continued     " + group + '\n';
    if (verdict.undecided)
        out += "undecided     the name is not known for the moment, and " + verdict.undecided_group +
               " could have matched first: answered with 421\n";
    for (const auto& parameter : verdict.origins)
        out += "  " + parameter.name + " = " + parameter.value + "  (" + parameter.from + ")\n";
    return out;
}

Result<> check(Context& context, const HatOptions& options)
{
    SEALPOST_TRY(const auto access, PolicyAccess::open(context.config_path));
    SEALPOST_TRY(const auto facts, read_facts(options, access->config()));
    auto snapshot = access->store().current();
    if (options.pending) {
        SEALPOST_TRY(snapshot, access->store().pending());
    }
    const auto verdict = snapshot->decide_connection(facts);
    context.answer(policy::to_json(verdict), format_verdict(verdict));
    return {};
}

}  // namespace

void add_hat_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("hat", "The host access table");
    group->require_subcommand(1);
    const auto options = std::make_shared<HatOptions>();
    auto* command = group->add_subcommand("check", "Which sender group and policy a connecting host meets");
    command->add_option("--listener", options->listener, "the listener it connects to")->required();
    command->add_option("--ip", options->ip, "its address")->required();
    command->add_option("--host", options->host, "its verified name (PTR, and forward back)");
    command
        ->add_option("--host-failure", options->host_failure,
                     "instead of a name: none (no PTR), temporary (DNS failed), mismatch (PTR does not lead back)")
        ->check(CLI::IsMember({"none", "temporary", "mismatch"}));
    command->add_option("--listed", options->listed, "a DNS list that has its address; may be given again");
    command->add_option("--country", options->country, "its country, such as FR");
    command->add_option("--reputation", options->reputation, "its score, from -10.0 to 10.0; without it: none");
    command->add_flag("--pending", options->pending, "ask the staged policy");
    command->footer(
        "Needs no running server.\nExamples:\n  sealpost hat check --listener public --ip 68.232.140.79 --host "
        "esa1.cres.iphmx.com\n"
        "  sealpost hat check --listener public --ip 68.232.140.79 --host-failure temporary --pending\n"
        "  sealpost hat check --listener public --ip 192.0.2.7 --listed bl.example.org --country FR --reputation -3.5");
    command->callback([&context, options] {
        const auto done = check(context, *options);
        if (done.has_error()) context.fail(done.error());
    });
}

}  // namespace sealpost::cli

#include "cli/host_question.hpp"

#include "base/text.hpp"
#include "cli/own_config.hpp"
#include "core/config/schema.hpp"
#include "core/policy/host_facts.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace sealpost::cli {
namespace {

constexpr const char* none = "none";

void take_names(const HostQuestion& question, policy::ConnectionFacts& facts)
{
    using policy::HostState;
    facts.open_hosts = question.open_hosts;
    facts.host_state = facts.open_hosts.empty() ? HostState::none : HostState::temporary;
    if (question.host_failure == "temporary") facts.host_state = HostState::temporary;
    if (question.host_failure == "mismatch") facts.host_state = HostState::mismatch;
    if (question.host_failure == "none") facts.host_state = HostState::none;
    if (question.hosts.empty() || !question.host_failure.empty()) return;
    facts.host_state = HostState::verified;
    facts.host = question.hosts.front();
    facts.other_hosts.assign(question.hosts.begin() + 1, question.hosts.end());
}

Result<std::vector<std::string>> read_zones(const std::string& option, const std::vector<std::string>& written)
{
    std::vector<std::string> zones;
    for (const auto& zone : written) {
        if (!config::is_domain(zone)) return Error{Fault::config, option + config::quote_json(zone) + " is not a zone"};
        zones.push_back(ascii_lower(zone));
    }
    return zones;
}

// What others say about the host.
Result<> read_reports(const HostQuestion& question, policy::ConnectionFacts& facts)
{
    SEALPOST_TRY(facts.dns_lists, read_zones("--listed ", question.listed));
    if (!question.country.empty() && question.country != none) {
        const auto code = policy::parse_country(question.country);
        if (!code) return Error{Fault::config, "--country " + config::quote_json(question.country) + " is not two letters"};
        facts.country = *code;
    }
    if (!question.reputation.empty() && question.reputation != none) {
        const auto score = policy::parse_score(question.reputation);
        if (!score)
            return Error{Fault::config,
                         "--reputation " + config::quote_json(question.reputation) + " is not a score from -10 to 10"};
        facts.reputation = *score / 100.0;
    }
    return {};
}

}  // namespace

void add_host_options(CLI::App& command, HostQuestion& question, Unsaid unsaid)
{
    const bool asks = unsaid == Unsaid::asked;
    const std::string unsaid_name = asks ? "DNS is asked" : "it is taken as none";
    const std::string or_none = asks ? ", or none; without it: as the gateway asks" : "; without it: none";
    command.add_option("--listener", question.listener, "the listener it connects to")->required();
    command.add_option("--ip", question.ip, "its address")->required();
    auto* name = command.add_option(
        "--host", question.hosts,
        "its verified name (PTR, and forward back), may be given again; without it and --host-failure " + unsaid_name);
    command
        .add_option("--host-failure", question.host_failure,
                    "instead of a name: none (no PTR), temporary (DNS failed), mismatch (PTR does not lead back)")
        ->check(CLI::IsMember({"none", "temporary", "mismatch"}))
        ->excludes(name);
    command.add_option("--open-host", question.open_hosts,
                       "a name of its PTR whose forward lookup fails for the moment; may be given again");
    command.add_option("--listed", question.listed, "a DNS list that has its address; may be given again");
    if (asks)
        command.add_option("--not-listed", question.not_listed,
                           "a DNS list that has not; may be given again; lists that are not named are asked");
    command.add_option("--country", question.country, "its country, such as FR" + or_none);
    command.add_option("--reputation", question.reputation, "its score, from -10.0 to 10.0" + or_none);
}

bool tells_name(const HostQuestion& question)
{
    return !question.hosts.empty() || !question.open_hosts.empty() || !question.host_failure.empty();
}

Result<std::vector<std::string>> read_known_lists(const HostQuestion& question, std::vector<std::string> listed)
{
    SEALPOST_TRY(const auto others, read_zones("--not-listed ", question.not_listed));
    for (const auto& zone : others) {
        if (std::find(listed.begin(), listed.end(), zone) != listed.end())
            return Error{Fault::config, "--not-listed " + config::quote_json(zone) + " contradicts --listed"};
    }
    listed.insert(listed.end(), others.begin(), others.end());
    return listed;
}

Result<policy::ConnectionFacts> read_host(const HostQuestion& question, const config::NodeConfig& config)
{
    policy::ConnectionFacts facts;
    facts.listener = question.listener;
    SEALPOST_CHECK(check_listener(question.listener, config));
    const auto ip = parse_ip(question.ip);
    if (!ip) return Error{Fault::config, "--ip " + config::quote_json(question.ip) + " is not an IP address"};
    facts.ip = *ip;
    take_names(question, facts);
    SEALPOST_CHECK(read_reports(question, facts));
    return facts;
}

}  // namespace sealpost::cli

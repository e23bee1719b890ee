// dmarc: what a domain says, and what would become of a message; reports are in dmarc_report_commands.cpp.
#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "cli/dmarc_reports.hpp"
#include "cli/own_config.hpp"
#include "cli/report_commands.hpp"
#include "cli/service_store.hpp"
#include "sys/async/wait.hpp"
#include "wire/dmarc/examination.hpp"

#include <boost/json.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using dmarc::Discovery;
using dmarc::Examination;

struct CheckFlags {
    std::string domain;
    LookupFlags lookup{20};
    std::string from;
    std::string spf_domain;
    std::vector<std::string> dkim_domains;
    unsigned draw = 0;

    [[nodiscard]] bool has_message() const { return !from.empty() || !spf_domain.empty() || !dkim_domains.empty(); }
};

struct Evaluation {
    std::string from;
    Discovery discovery;
    dmarc::Verdict verdict;
};

std::string_view format_state(Discovery::State state)
{
    switch (state) {
        case Discovery::State::found: return "found";
        case Discovery::State::none: return "none";
        case Discovery::State::temporary: return "temporary";
        case Discovery::State::broken: return "broken";
    }
    return "";
}

std::string_view format_weight(dmarc::Finding::Weight weight)
{
    return weight == dmarc::Finding::Weight::fault ? "fault" : "advice";
}

json::object to_json(const dmarc::ReportTarget& target)
{
    json::array sent_to;
    for (const auto& address : target.destination.addresses) sent_to.push_back(json::string(address.address));
    return {{"list", target.list},
            {"address", target.address.address},
            {"max_bytes", target.address.max_bytes == 0 ? json::value(nullptr) : json::value(target.address.max_bytes)},
            {"verdict", dmarc::format_destination_state(target.destination.state)},
            {"asked", target.destination.asked},
            {"sent_to", std::move(sent_to)},
            {"problem", target.destination.problem}};
}

json::object to_json(const Evaluation& evaluation)
{
    const auto& verdict = evaluation.verdict;
    return {{"from", evaluation.from},
            {"result", dmarc::format_outcome(verdict.outcome)},
            {"spf_aligned", verdict.spf_aligned},
            {"dkim_aligned", verdict.dkim_aligned},
            {"requested", dmarc::format_policy(verdict.requested)},
            {"applied", dmarc::format_policy(verdict.applied)},
            {"sampled_out", verdict.sampled_out},
            {"record_domain", verdict.domain}};
}

json::object to_json(const Examination& examination)
{
    json::array tags, findings, targets;
    for (const auto& tag : examination.tags)
        tags.push_back(
            json::object{{"tag", tag.tag}, {"value", tag.value}, {"meaning", tag.meaning}, {"default", tag.is_default}});
    for (const auto& finding : examination.findings)
        findings.push_back(json::object{
            {"weight", format_weight(finding.weight)}, {"tag", finding.tag}, {"what", finding.what}, {"fix", finding.fix}});
    for (const auto& target : examination.targets) targets.push_back(to_json(target));
    return {{"domain", examination.domain},
            {"organisational_domain", examination.organisational_domain},
            {"state", format_state(examination.discovery.state)},
            {"record_domain", examination.discovery.domain},
            {"inherited", examination.is_inherited},
            {"record", examination.discovery.text},
            {"problem", examination.discovery.problem},
            {"tags", std::move(tags)},
            {"report_addresses", std::move(targets)},
            {"findings", std::move(findings)}};
}

std::string describe_head(const Examination& examination)
{
    const Discovery& discovery = examination.discovery;
    std::string text = "domain                 " + examination.domain + "\n";
    text += "organisational domain  " + examination.organisational_domain + "\n";
    switch (discovery.state) {
        case Discovery::State::found:
            text += "record at              _dmarc." + discovery.domain + (examination.is_inherited ? " (inherited)" : "") + "\n";
            return text + "record                 " + discovery.text + "\n";
        case Discovery::State::none: return text + "record                 none\n";
        case Discovery::State::temporary:
            return text + "record                 could not be asked for: " + discovery.problem + "\n";
        case Discovery::State::broken: break;
    }
    return text + "record                 broken, so none applies: " + discovery.problem + "\n" + discovery.text + "\n";
}

std::string describe(const Examination& examination)
{
    std::string text = describe_head(examination);
    if (!examination.tags.empty()) text += "\n";
    for (const auto& tag : examination.tags) {
        const std::string value = tag.value.empty() ? "-" : tag.value;
        text += "  " + pad(tag.tag + "=" + (tag.tag == "rua" || tag.tag == "ruf" ? "" : value), 18) + tag.meaning +
                (tag.is_default ? " (default)" : "") + "\n";
    }
    if (!examination.targets.empty()) text += "\n";
    for (const auto& target : examination.targets) {
        text += "  " + target.list + "  " + target.address.address + "  " +
                std::string(dmarc::format_destination_state(target.destination.state));
        if (!target.destination.asked.empty()) text += " by " + target.destination.asked;
        text += "\n";
    }
    for (const auto& finding : examination.findings) {
        const bool is_fault = finding.weight == dmarc::Finding::Weight::fault;
        text += "\n" + std::string(format_weight(finding.weight)) + ": " +
                (is_fault && !finding.tag.empty() ? finding.tag + "= " : "") + finding.what + "\n  fix: " + finding.fix + "\n";
    }
    return text;
}

std::string describe(const Evaluation& evaluation)
{
    const auto& verdict = evaluation.verdict;
    const auto aligned = [](bool is) { return is ? "passes and aligns" : "does not vouch for it"; };
    std::string text =
        "\na message from " + evaluation.from + ": dmarc=" + std::string(dmarc::format_outcome(verdict.outcome)) + "\n";
    text += std::string("  SPF   ") + aligned(verdict.spf_aligned) + "\n  DKIM  " + aligned(verdict.dkim_aligned) + "\n";
    if (verdict.outcome == dmarc::Outcome::fail)
        text += "  to be done: " + std::string(dmarc::format_policy(verdict.applied)) +
                (verdict.sampled_out ? " (pct= spares it " + std::string(dmarc::format_policy(verdict.requested)) + ")" : "") +
                "\n";
    return text;
}

Task<Evaluation> evaluate(dns::Resolver& resolver, CheckFlags flags, std::string from, Deadline deadline)
{
    dmarc::Facts facts;
    facts.author_domain = std::move(from);
    if (!flags.spf_domain.empty()) facts.spf_pass_domain = flags.spf_domain;
    facts.dkim_pass_domains = flags.dkim_domains;
    Discovery discovery = co_await dmarc::find_record(resolver, facts.author_domain, deadline);
    const auto verdict = dmarc::evaluate(discovery, facts, flags.draw);
    co_return Evaluation{facts.author_domain, std::move(discovery), verdict};
}

Exit exit_for(const Examination& examination)
{
    switch (examination.discovery.state) {
        case Discovery::State::found: return Exit::yes;
        case Discovery::State::temporary: return Exit::temporary;
        case Discovery::State::none:
        case Discovery::State::broken: break;
    }
    return Exit::no;
}

Result<> check(Context& context, const CheckFlags& flags)
{
    SEALPOST_CHECK(check_domain(flags.domain));
    SEALPOST_TRY(const auto resolver, open_lookup_resolver(context, flags.lookup.resolver));
    const auto deadline = flags.lookup.deadline();
    const auto examination = async::wait_here(dmarc::examine(*resolver, flags.domain, deadline));
    json::object object = to_json(examination);
    std::string text = describe(examination);
    if (flags.has_message()) {
        const auto from = flags.from.empty() ? examination.domain : flags.from;
        const auto evaluation = async::wait_here(evaluate(*resolver, flags, from, deadline));
        object["evaluation"] = to_json(evaluation);
        text += describe(evaluation);
    }
    context.exit = exit_for(examination);
    context.answer(object, text);
    return {};
}

void add_check(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<CheckFlags>();
    auto* command = group.add_subcommand("check", "The DMARC record of DOMAIN: where it stands, what it does, what to mend");
    command->add_option("DOMAIN", flags->domain, "the part behind the @ in From")->required();
    add_lookup_options(*command, flags->lookup, "for all questions together");
    command->add_option("--from", flags->from, "evaluate a message with this domain in From (default: DOMAIN)")->type_name("D");
    command->add_option("--spf-domain", flags->spf_domain, "… whose envelope sender at X passes SPF")->type_name("X");
    command->add_option("--dkim-domain", flags->dkim_domains, "… with a DKIM signature of Y that passes; may be given again")
        ->type_name("Y");
    command->add_option("--draw", flags->draw, "… that draws this number against pct=")
        ->capture_default_str()
        ->check(CLI::Range(0, 99));
    command->footer(
        "Exit status: 0 there is a record and it counts, 1 there is none or it is broken, 3 DNS could not tell.\n\n"
        "Examples:\n"
        "  sealpost dmarc check acme.example\n"
        "  sealpost --format json dmarc check mail.acme.example --resolver 127.0.0.1:5353\n"
        "  sealpost dmarc check acme.example --spf-domain bounce.acme.example --dkim-domain list.example.org");
    command->callback(answering(context, check, flags));
}

}  // namespace

void add_dmarc_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("dmarc", "DMARC: check a domain, look at reports");
    group->require_subcommand(1);
    group->footer("Examples:\n  sealpost dmarc check acme.example\n  sealpost dmarc reports sources acme.example --days 7");
    add_check(*group, context);
    add_dmarc_report_commands(*group, context);
}

}  // namespace sealpost::cli

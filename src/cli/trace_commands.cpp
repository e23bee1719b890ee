#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "cli/host_question.hpp"
#include "cli/policy_access.hpp"
#include "cli/stream_file.hpp"
#include "serve/node/resolver.hpp"
#include "serve/trace/question.hpp"
#include "sys/async/wait.hpp"

#include <memory>

namespace sealpost::cli {
namespace {

constexpr std::size_t max_message_bytes = 64 * 1024 * 1024;

struct TraceOptions {
    HostQuestion host;
    std::string helo, mail_from, user;
    std::vector<std::string> rcpt_to;
    bool tls = false;
    bool no_dns = false;
    bool pending = false;
    bool all = false;
};

Result<std::string> read_address(const std::string& text, const char* option)
{
    auto address = trace::parse_address(text);
    if (address.has_error()) return Error{Fault::config, std::string(option) + ": not an address: " + address.error().text};
    return address;
}

Result<trace::Inquiry> read_inquiry(const TraceOptions& options, const config::NodeConfig& config)
{
    trace::Inquiry inquiry;
    SEALPOST_TRY(inquiry.host, read_host(options.host, config));
    inquiry.given.name = tells_name(options.host);
    inquiry.given.country = !options.host.country.empty();
    inquiry.given.reputation = !options.host.reputation.empty();
    SEALPOST_TRY(inquiry.given.lists, read_known_lists(options.host, inquiry.host.dns_lists));
    inquiry.helo = options.helo.empty() ? trace::default_helo : options.helo;
    SEALPOST_TRY(inquiry.mail_from, read_address(options.mail_from, "--mail-from"));
    for (const auto& written : options.rcpt_to) {
        SEALPOST_TRY(auto address, read_address(written, "--rcpt-to"));
        if (address.empty()) return Error{Fault::config, "--rcpt-to: an address is needed"};
        inquiry.rcpt_to.push_back(std::move(address));
    }
    inquiry.inside_tls = options.tls;
    inquiry.user = options.user;
    inquiry.ask_dns = !options.no_dns;
    SEALPOST_TRY(inquiry.message, read_message(max_message_bytes));
    return inquiry;
}

Exit exit_of(trace::Outcome outcome)
{
    switch (outcome) {
        case trace::Outcome::accepted: return Exit::yes;
        case trace::Outcome::refused: return Exit::no;
        case trace::Outcome::undecided: break;
    }
    return Exit::temporary;
}

Result<> tell_trace(Context& context, const TraceOptions& options)
{
    SEALPOST_TRY(const auto decider, find_decider(context.config_path, options.pending));
    const SystemClock clock;
    SEALPOST_TRY(auto inquiry, read_inquiry(options, decider.config));
    std::shared_ptr<dns::Resolver> resolver;
    if (inquiry.ask_dns) {
        SEALPOST_TRY(resolver, node::make_resolver(decider.config.dns));
    }
    SEALPOST_TRY(auto asker, trace::load_asker(decider.config, *decider.snapshot, inquiry, resolver));
    auto parts = trace::make_parts(decider.config, options.host.listener, decider.snapshot, std::move(resolver), clock);
    parts.asker = std::move(asker);
    const auto report = async::wait_here(trace::run_trace(std::move(parts), std::move(inquiry)));
    context.answer(trace::to_json(report), trace::format_report(report, options.all));
    context.exit = exit_of(report.outcome);
    return {};
}

}  // namespace

void add_trace_commands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<TraceOptions>();
    auto* command = app.add_subcommand("trace", "What would become of the message on standard input, step by step");
    add_host_options(*command, options->host, Unsaid::asked);
    command->add_option("--helo", options->helo, "what the client calls itself");
    command->add_option("--mail-from", options->mail_from, "the envelope sender; \"\" for the null sender")->required();
    command->add_option("--rcpt-to", options->rcpt_to, "the recipients")->required();
    command->add_flag("--tls", options->tls, "it comes inside TLS");
    command->add_option("--user", options->user, "who signed in");
    command->add_flag("--no-dns", options->no_dns, "DNS is not asked: no host name, no DNS lists, no SPF, DKIM and DMARC");
    command->add_flag("--pending", options->pending, "ask the staged policy");
    command->add_flag("--all", options->all, "name the parameters that stand at their defaults, too");
    command->footer(
        "Nothing is sent, and no server is needed. Exit status: 0 somebody would get it, 1 refused, 3 undecided.\nExamples:\n"
        "  sealpost trace --listener public --ip 68.232.140.79 --mail-from a@partner.test --rcpt-to b@acme.test < message.eml\n"
        "  sealpost trace --listener public --ip 192.0.2.1 --host-failure temporary --mail-from \"\" --rcpt-to b@acme.test "
        "--pending < bounce.eml\n"
        "  sealpost trace --listener public --ip 192.0.2.7 --listed bl.example.org --country none --mail-from a@partner.test "
        "--rcpt-to b@acme.test < message.eml");
    command->callback(answering(context, tell_trace, options));
}

}  // namespace sealpost::cli
